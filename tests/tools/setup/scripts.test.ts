import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { scripts } from "../../../package.json";

/** Those in which nobody's secrets are. */
const WITHOUT_SECRETS = ["postinstall", "docs", "changelog"];
const withSecrets = Object.entries(scripts).filter(([name]) => !WITHOUT_SECRETS.includes(name));
const shell = (script: string, path = "") =>
  execFileSync("/bin/sh", ["-c", script], {
    encoding: "utf8",
    env: { ...process.env, PATH: `${path}:${process.env["PATH"] ?? ""}` },
  }).trim();
const highest = shell("ulimit -H -c");

let fakes: string;
beforeAll(() => {
  fakes = mkdtempSync(join(tmpdir(), "scripts-"));
  writeFileSync(join(fakes, "node"), "#!/bin/sh\necho limit $(ulimit -c)\n", { mode: 0o755 });
});
afterAll(() => rmSync(fakes, { recursive: true }));

// Where nobody may have a core dump, the scripts have nothing to forbid.
(highest === "0" ? test.skip : test)(
  "whatever npm starts with secrets in it leaves no core when it crashes, nor does what it starts",
  () => {
    const limits = withSecrets.map(([name, script]) => [
      name,
      shell(`ulimit -S -c ${highest}; ${script}`, fakes),
    ]);
    expect(limits).toEqual(withSecrets.map(([name]) => [name, "limit 0"]));
    expect(withSecrets.length).toBeGreaterThan(10);
  },
);
