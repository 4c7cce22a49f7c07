import { spawnSync } from "node:child_process";
import { chmodSync, existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { BINARY, configIn, logLines, temporaryFolder, verify } from "./run-zot";

const folder = temporaryFolder();

/** A good config with changes by dotted path; undefined takes a key out. */
function judge(changes: Record<string, unknown>): ReturnType<typeof verify> {
  const config: unknown = JSON.parse(
    JSON.stringify(configIn(folder, 5000, { issuer: "http://127.0.0.1:1/" })),
  );
  for (const [path, value] of Object.entries(changes)) {
    const keys = path.split("/");
    const last = keys.pop() ?? "";
    Reflect.set(
      keys.reduce((object, key) => Reflect.get(object as object, key) as unknown, config) as object,
      last,
      value,
    );
  }
  return verifyText(JSON.stringify(config));
}

function verifyText(text: string, name = "judged.json"): ReturnType<typeof verify> {
  const file = join(folder, name);
  writeFileSync(file, text);
  return verify(file);
}

const PROVIDER = "http/auth/openid/providers/oidc";
const ANYWHERE = "http/accessControl/repositories/**";

test("accepts what the product renders, says so in its log, and reads no issuer", () => {
  const { status, output } = judge({});
  expect(status).toBe(0);
  expect(logLines(output).at(-1)).toMatchObject({ level: "info", message: "config file is valid" });
});

test("without a file there is nothing to refuse", () => {
  expect(spawnSync(BINARY, ["verify"]).status).toBe(0);
});

test.each<[string, Record<string, unknown>, string]>([
  ["an unknown key", { storages: {}, foo: 1 }, "'config.Config' has invalid keys: foo"],
  [
    "an unknown key of the provider",
    { [`${PROVIDER}/bar`]: 1 },
    "'HTTP.Auth.OpenID.Providers[oidc]' has invalid keys: bar",
  ],
  [
    "an unknown key of a policy",
    { [`${ANYWHERE}/policies`]: [{ grps: ["a"], actions: ["read"] }] },
    "'HTTP.accessControl.repositories[**].Policies[0]' has invalid keys: grps",
  ],
  ["a port out of range", { "http/port": 70000 }, "invalid port 70000"],
  ["a port that is a word", { "http/port": "http" }, "invalid port http"],
  [
    "a bad glob",
    { "http/accessControl/repositories": { "a[": { anonymousPolicy: ["read"] } } },
    "syntax error in pattern",
  ],
  ["a missing issuer", { [`${PROVIDER}/issuer`]: undefined }, "requires clientid, issuer and scopes"],
  ["no scopes", { [`${PROVIDER}/scopes`]: [] }, "requires clientid, issuer and scopes"],
  [
    "an unknown provider",
    { "http/auth/openid/providers": { authentik: { clientid: "a", issuer: "b", scopes: ["c"] } } },
    "unsupported openid/oauth2 provider",
  ],
  [
    "no credentials file",
    { [`${PROVIDER}/credentialsFile`]: "/nowhere/c.json" },
    "open /nowhere/c.json: no such file or directory",
  ],
  [
    "no session keys",
    { "http/auth/sessionKeysFile": "/nowhere/k.json" },
    "open /nowhere/k.json: no such file or directory",
  ],
  [
    "policies for users nobody can be",
    { "http/auth": undefined },
    "access control config requires one of htpasswd",
  ],
  ["an unknown log level", { "log/level": "loud" }, "invalid log level 'loud'"],
  [
    "metrics in the way of the API",
    { "extensions/metrics/prometheus/path": "/v2" },
    "provided metrics path is disallowed",
  ],
  ["the UI without the search", { "extensions/ui": { enable: true } }, "search extension must be enabled"],
  [
    "a bad glob of a pull-through",
    { "extensions/sync": { registries: [{ urls: ["https://a"], content: [{ prefix: "[" }] }] } },
    "sync prefix could not be compiled: [",
  ],
  ["a duration without unit", { "storage/gcDelay": "1x" }, "'Storage.GCDelay'"],
  [
    "a list for a text",
    { "http/port": [1] },
    "'HTTP.Port' expected type 'string', got unconvertible type '[]interface {}'",
  ],
])("refuses %s", (_, changes, message) => {
  const { status, errors, output } = judge(changes);
  expect(errors).toContain(message);
  expect(errors).toMatch(/^Error: /);
  expect(status).toBe(1);
  expect(logLines(output).at(-1)).toMatchObject({ level: "error", message: "invalid config file" });
});

test.each<[string, Record<string, unknown>]>([
  ["an unknown action", { [`${ANYWHERE}/anonymousPolicy`]: ["push"] }],
  ["an issuer that is no URL", { [`${PROVIDER}/issuer`]: "authentik" }],
  ["an externalUrl that is no URL", { "http/externalUrl": "registry" }],
  ["API keys without a login", { "http/auth/openid": undefined }],
  ["a port as a number", { "http/port": 5000 }],
  ["an old distSpecVersion", { distSpecVersion: "1.1.0" }],
  ["text for a truth value", { "http/auth/apikey": "true" }],
  ["one text for a list", { [`${ANYWHERE}/anonymousPolicy`]: "read" }],
  ["no policies at all", { "http/accessControl": undefined }],
  ["keys in another case", { HTTP: { PORT: 1 }, http: undefined }],
  ["a search that its build does not have", { "extensions/search": { enable: true } }],
])("accepts %s, as zot does", (_, changes) => {
  expect(judge(changes)).toMatchObject({ status: 0, errors: "" });
});

test.each([
  ["half a file", '{"http":'],
  ["an empty file", ""],
  ["a list", "[]"],
  ["an empty object", "{}"],
  ["comments", '{"http":{}} // no'],
])("refuses %s", (_, text) => {
  expect(verifyText(text).status).toBe(1);
});

test("refuses a file that is not there, by its name", () => {
  const { status, errors } = verify("/nowhere/config.json");
  expect(status).toBe(1);
  expect(errors).toBe("Error: open /nowhere/config.json: no such file or directory\n");
});

describe("the credentials file", () => {
  test.each([
    ["half of it", { clientid: "a" }, "unset keys"],
    ["more than it", { clientid: "a", clientsecret: "hush-hush", realm: "c" }, "unknown keys"],
    ["nothing", {}, "absence of any key:value pair"],
  ])("with %s is refused, without showing what is in it", (_, content, message) => {
    const file = join(folder, "other-credentials.json");
    writeFileSync(file, JSON.stringify(content));
    const { status, errors, output } = judge({ [`${PROVIDER}/credentialsFile`]: file });
    expect(status).toBe(1);
    expect(errors).toContain(message);
    expect(errors + output).not.toContain("hush-hush");
  });

  test("that may not be read is refused", () => {
    if (process.getuid?.() === 0) return;
    const file = join(folder, "closed.json");
    writeFileSync(file, "{}");
    chmodSync(file, 0);
    expect(judge({ [`${PROVIDER}/credentialsFile`]: file }).errors).toContain("permission denied");
  });
});

test("the log file is made even by verify; where it cannot be, zot panics", () => {
  const log = join(folder, "verify.log");
  expect(judge({ "log/output": log }).status).toBe(0);
  expect(existsSync(log)).toBe(true);
  const { status, errors } = judge({ "log/output": "/nowhere/zot.log" });
  expect(status).toBe(2);
  expect(errors).toMatch(/^panic: open \/nowhere\/zot.log[^]*goroutine 1 \[running\]/);
});
