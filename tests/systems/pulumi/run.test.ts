import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pulumi, type StackLocation } from "../../../systems/pulumi/cli";
import { PulumiError, startPulumi } from "../../../systems/pulumi/run";
import { exportState, importState } from "../../../systems/pulumi/state";

let folder: string;
beforeEach(() => (folder = mkdtempSync(join(tmpdir(), "zot-access-run-"))));
afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** A site whose `pulumi` is this script. */
function site(script: string): StackLocation {
  writeFileSync(join(folder, "pulumi"), `#!/bin/sh\n${script}\n`, { mode: 0o700 });
  return {
    stack: "prod",
    project: folder,
    environment: { PATH: `${folder}:/usr/bin:/bin`, PULUMI_HOME: folder },
  };
}

const STATE = { version: 3, deployment: { resources: [] } };

test("a state goes over a pipe, and no part of it is an argument", async () => {
  await importState(site(`cat > read; echo "$*" > arguments`), { ...STATE, note: "encrypt-me" });
  expect(JSON.parse(readFileSync(join(folder, "read"), "utf8"))).toEqual({ ...STATE, note: "encrypt-me" });
  expect(readFileSync(join(folder, "arguments"), "utf8")).toBe(
    "stack import --stack prod --non-interactive --color never\n",
  );
});

test("a CLI that ends before it has read everything fails with its own error", async () => {
  const large = { ...STATE, note: "x".repeat(1 << 20) };
  await expect(importState(site("echo 'error: no such stack' >&2; exit 255"), large)).rejects.toThrow(
    "pulumi stack import failed for the stack prod: error: no such stack",
  );
});

test("a CLI that does not answer is ended at the time limit", async () => {
  const at = site("exec sleep 600");
  const asked = pulumi(at, ["stack", "ls"], { timeoutMs: 100 });
  await expect(asked).rejects.toThrow("pulumi stack ls failed for the stack prod: no answer within 0.1 s");
  const { child, ended } = startPulumi(["stack", "ls"], { environment: at.environment, timeoutMs: 100 });
  expect(await ended).toMatchObject({ timedOut: true, status: null });
  expect(() => process.kill(child.pid ?? 0, 0)).toThrow("ESRCH");
});

test("what cannot be read as a state is not shown: it may be one in clear", async () => {
  const error: unknown = await exportState(site("echo 'zak_secret {'")).catch((thrown: unknown) => thrown);
  expect(String(error)).toContain("pulumi stack export answered in an unknown format");
  expect(String(error)).not.toContain("zak_secret");
});

test("a machine without the CLI is told how to get it", async () => {
  const at = { ...site("exit"), environment: { PATH: "/nonexistent", PULUMI_HOME: folder } };
  await expect(exportState(at)).rejects.toThrow(PulumiError);
  await expect(exportState(at)).rejects.toThrow("npm start once");
});
