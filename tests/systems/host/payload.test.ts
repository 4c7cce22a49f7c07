import { execFileSync, spawnSync } from "node:child_process";
import fc from "fast-check";
import { renderFiles } from "../../../systems/host/files";
import { HostApplyError } from "../../../systems/host/outcome";
import { applyCommand, applyInput, parseOutcome } from "../../../systems/host/payload";
import { APPLY_SCRIPT, LAUNCHER_SCRIPT, PROBE_SCRIPT } from "../../../systems/host/scripts";
import { assignments, readAssignments, shellQuote } from "../../../systems/host/shell";
import { desired, layout } from "./support/example";

describe("quoting", () => {
  test("any text reaches the shell unchanged", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary" }), (text) => {
        fc.pre(!text.includes("\0"));
        const script = `${assignments({ X: text })}printf '%s|' "$X"`;
        expect(execFileSync("/bin/sh", ["-s"], { input: script }).toString()).toBe(
          `${Buffer.from(text).toString()}|`,
        );
      }),
      { numRuns: 25 },
    );
  });

  test("NUL, which no shell can hold, is refused", () => {
    expect(() => shellQuote("a\0b")).toThrow("NUL");
  });

  test("can be read back from the head of a script, whatever they hold", () => {
    const text = fc.string({ unit: "grapheme" }).filter((value) => !value.includes("\0"));
    fc.assert(
      fc.property(text, text, (first, second) => {
        const script = `${assignments({ X: first, Y: second })}Z=1\nX='other'\n`;
        expect(readAssignments(script)).toEqual({ X: first, Y: second });
      }),
    );
  });
});

describe("the command", () => {
  test("is short and holds no secret", () => {
    expect(applyCommand("abc123", "2.1.20")).toBe("exec /bin/sh -s apply abc123 2.1.20 # zot-access");
    expect(applyCommand("abc123")).toBe("exec /bin/sh -s apply abc123 # zot-access");
  });

  test("takes no generation and no version that could be more than a word", () => {
    expect(() => applyCommand("x\nrm -rf /")).toThrow("generation");
    expect(() => applyCommand("x", "2.1.20; rm -rf /")).toThrow("version");
  });
});

describe("the input", () => {
  test("is deterministic", () => {
    expect(applyInput(layout(), desired())).toBe(applyInput(layout(), desired()));
  });

  test("runs nothing when truncated anywhere before its last line", () => {
    const input = applyInput(layout(), desired());
    for (const part of [0.3, 0.6, 0.9, 0.999]) {
      const { stdout } = spawnSync("/bin/sh", ["-s"], {
        input: input.slice(0, input.length * part),
        encoding: "utf8",
      });
      expect(stdout).toBe("");
    }
  });

  test.each([
    ["configFolder", "relative/folder"],
    ["configFolder", '/a"b'],
    ["configFolder", "/a\nb"],
    ["zotBinary", "~/zot"],
  ])("is refused for %s '%s'", (name, path) => {
    expect(() => applyInput({ ...layout(), [name]: path }, desired())).toThrow(name);
  });
});

describe("the files", () => {
  const files = renderFiles(layout(), desired());

  test("carry one revision in both configs", () => {
    for (const text of [files.config, files.fallback]) {
      const { http } = JSON.parse(text) as {
        http: { accessControl: { repositories: Record<string, unknown> } };
      };
      expect(http.accessControl.repositories[files.revision]).toEqual({
        anonymousPolicy: [],
        defaultPolicy: [],
      });
    }
  });

  test("have another revision and the same restart key when the access rules alone differ", () => {
    const other = renderFiles(layout(), desired({ writers: ["others"] }));
    expect(other.revision).not.toBe(files.revision);
    expect(other.restartKey).toBe(files.restartKey);
  });

  test.each([
    ["secret", renderFiles(layout(), desired({ secret: "another" }))],
    ["port", renderFiles(layout(), desired({ port: 5051 }))],
    ["service", renderFiles({ ...layout(), limits: { drainSeconds: 7 } }, desired())],
  ])("ask for a restart when the %s differs", (_, other) => {
    expect(other.restartKey).not.toBe(files.restartKey);
  });
});

describe("the outcome", () => {
  test.each([
    ["zot-access-result unchanged gapMs=- same\n", { outcome: "unchanged", detail: "same" }],
    [
      "noise\nzot-access-result restarted gapMs=412 zot 2.1.20\n",
      { outcome: "restarted", gapMs: 412, detail: "zot 2.1.20" },
    ],
  ])("%j is read", (stdout, expected) => {
    expect(parseOutcome(stdout)).toEqual(expected);
  });

  test.each(["refused", "rolled-back", "broken"])(
    "%s is an error that says what the host holds",
    (outcome) => {
      expect(() => parseOutcome(`zot-access-result ${outcome} gapMs=- because\n`)).toThrow(
        expect.objectContaining({ name: "HostApplyError", outcome, detail: "because" }) as Error,
      );
    },
  );

  test.each([
    "",
    "Welcome to Tailscale SSH\n",
    "zot-access-result won gapMs=- x\n",
    "zot-access-result restarted\n",
  ])("%j is no success, whatever the exit code", (stdout) => {
    expect(() => parseOutcome(stdout)).toThrow(HostApplyError);
  });
});

describe.each([
  ["apply", APPLY_SCRIPT],
  ["launcher", LAUNCHER_SCRIPT],
  ["probe", PROBE_SCRIPT],
])("the script %s", (_, script) => {
  test.each(["dash", "bash", "busybox"])("is read by %s", (shell) => {
    const args = shell === "busybox" ? ["sh", "-n"] : ["-n"];
    const { status, stderr, error } = spawnSync(shell, args, { input: script, encoding: "utf8" });
    if (error) return; // this machine does not have that shell
    expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
  });

  test("is clean under shellcheck", () => {
    // SC2154, SC2034: the settings that payload.ts puts in front; SC2317: functions that a trap or `within` calls.
    const args = ["-s", "sh", "-e", "SC2154,SC2317", "-"];
    const { stdout, error } = spawnSync("shellcheck", args, { input: script, encoding: "utf8" });
    if (error) return; // this machine does not have it
    expect(stdout).toBe("");
  });

  test("uses only tools that macOS and Linux ship", () => {
    const code = script.replace(/^\s*#.*$/gm, "").replace(/ # .*$/gm, "");
    for (const word of [
      "timeout ",
      "jq ",
      "readlink -",
      "mv -T",
      "mv -h",
      "stat -",
      "flock",
      "mktemp",
      "sed -i",
      "[[ ",
      "local ",
    ]) {
      expect({ word, found: code.includes(word) }).toEqual({ word, found: false });
    }
  });
});
