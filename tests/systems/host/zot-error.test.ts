import { spawnSync } from "node:child_process";
import { join } from "node:path";

const TOOLS = join(__dirname, "../../../systems/host/remote/apply-tools.sh");

/** What a deploy says of what zot printed. */
function said(...printed: string[]): string {
  const { stdout, stderr } = spawnSync("/bin/sh", ["-c", `. "${TOOLS}"; zot_error`], {
    input: printed.join("\n"),
    encoding: "utf8",
  });
  expect(stderr).toBe("");
  return stdout.trimEnd();
}

/** A line of zot 2.1.20's log, as it stands before what zot says itself. */
const log = (message: string, error: string) => JSON.stringify({ level: "error", message, error });

test("every key that zot does not know is named, with its place", () => {
  const unknown = [
    "Error: decoding failed due to the following error(s):",
    "",
    "'Storage' has invalid keys: dedupee",
    "'HTTP.accessControl.repositories[**]' has invalid keys: anonymouspolicies",
    "'Extensions.Sync.Registries[0]' has invalid keys: ondemandd",
  ];
  expect(said(log("failed to unmarshal new config", unknown.slice(0, 1).join()), ...unknown, "")).toBe(
    "Error: decoding failed due to the following error(s): 'Storage' has invalid keys: dedupee " +
      "'HTTP.accessControl.repositories[**]' has invalid keys: anonymouspolicies " +
      "'Extensions.Sync.Registries[0]' has invalid keys: ondemandd",
  );
});

test("a value that zot quotes is not shown, since it may be a secret", () => {
  const text = said(
    "Error: decoding failed due to the following error(s):",
    "'HTTP.Port' expected type 'string', got unconvertible type 'map', value: 'map[password:hunter2]'",
    "'Extensions.Sync' cannot reach https://user:hunter2@mirror.example.org/v2/",
  );
  expect(text).toContain("'HTTP.Port' expected type 'string'");
  expect(text).toContain("mirror.example.org");
  expect(text).not.toContain("hunter2");
});

test("a multi-line value is not shown, and the text after it is", () => {
  const text = said(
    "Error: decoding failed due to the following error(s):",
    "",
    "'Extensions.Events.Sinks[0]' 2 error(s) decoding:",
    "",
    "* 'Address' expected type 'string', got unconvertible type 'map[string]interface {}', value: 'map[key:-----BEGIN",
    "hun",
    "ter2]'",
    "* 'Headers' expected a map, got 'string'",
  );
  expect(text).not.toMatch(/hun|ter2/);
  expect(text).toContain("'Headers' expected a map");
});

test("the query of an address is not shown", () => {
  const error = 'parse "redis://host:6379/0?db=1&password=hun%zzter2&x=hunter2": invalid URL escape "%zz"';
  for (const text of [said(`Error: ${error}`), said(log("failed", error))]) {
    expect(text).not.toMatch(/hun|ter2|%zz/);
    expect(text).toContain("redis://host:6379/0?(not shown)");
  }
});

test("a panic is shown by its first line, and a log by its last error", () => {
  expect(
    said(log("x", "y"), "panic: the issuer does not answer", "", "goroutine 1 [running]:", "main.panic(1)"),
  ).toBe("panic: the issuer does not answer");
  expect(said('{"level":"info"}', log("first", "a"), log("last", "b"), '{"level":"info"}')).toBe(
    log("last", "b"),
  );
  expect(said("sh: zot: fatal error", '{"level":"info"}')).toBe("sh: zot: fatal error");
});

test("no part of a password that zot read as part of an address is shown", () => {
  const quoted = [
    'parse "redis://user:hun/ter2@host:6379": invalid port ":hun" after host',
    'parse "redis://user:hun ter2@host:6379": net/url: invalid userinfo',
    'parse "redis://user:hun%zzter2@host": invalid URL escape "%zz"',
    "dial redis://one:hunter2@a:1,redis://two:hunter2@b:2",
  ];
  for (const error of quoted) {
    for (const text of [said(`Error: ${error}`), said(log("failed", error)), said(`panic: ${error}`)]) {
      expect(text).not.toMatch(/hun|ter2|%zz/);
      expect(text).toMatch(/host|b:2/);
    }
  }
});

test("a log line that is no error is not shown because of a word in it: zot logs its config with passwords", () => {
  const settings = JSON.stringify({
    level: "info",
    message: "configuration settings",
    params: {
      Storage: { CacheDriver: { url: "redis://:hunter2/@host" } },
      Log: { Output: "/var/log/error.log" },
    },
  });
  expect(said(log("first", "a"), settings)).toBe(log("first", "a"));
  expect(said(settings)).not.toContain("hunter2");
});
