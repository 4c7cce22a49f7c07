import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { heldElsewhere } from "../../../commands/adopt/siblings";
import type { Finding } from "../../../commands/adopt/survey";
import { urn } from "./program";

let folder: string;
beforeEach(() => (folder = mkdtempSync(join(tmpdir(), "zot-access-siblings-"))));
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const SECRET = "zot-access:index:ActionsSecret";
const GROUP = "authentik:index/group:Group";
const finding = (type: string, name: string, id: string, status: Finding["status"] = "there"): Finding => ({
  ...{ urn: urn(type, name), name, what: name, status, id },
  remarks: [],
});

/** A `pulumi` that knows two stacks, and notes what it was asked. */
function withPulumi(resources: object[]) {
  const state = {
    deployment: { resources: resources.map((each) => ({ urn: "urn", custom: true, ...each })) },
  };
  const script = [
    "#!/bin/sh",
    `echo "$*" >>'${folder}/asked'`,
    `case "$2" in ls) echo '[{"name":"indri"},{"name":"organization/zot-access/attic"}]';;`,
    `export) echo '${JSON.stringify(state)}';; esac`,
  ];
  writeFileSync(join(folder, "pulumi"), `${script.join("\n")}\n`, { mode: 0o700 });
  return {
    stack: "indri",
    project: folder,
    environment: { PATH: `${folder}:/usr/bin:/bin`, PULUMI_HOME: folder },
  };
}

test("what another stack of the backend holds is named, a secret by its place in any case, and no secret is decrypted", async () => {
  const at = withPulumi([
    { type: GROUP, id: "uuid-1" },
    { type: SECRET, id: "Eblume/blumeops/ZOT_CI_API_KEY", outputs: { url: "https://forge.example.org" } },
    { type: SECRET, id: "eblume/cv/FORGE_TOKEN", outputs: { url: "https://other.example.org" } },
  ]);
  const found = await heldElsewhere(at, [
    finding(GROUP, "group", "uuid-1"),
    finding(GROUP, "other", "uuid-2"),
    finding(SECRET, "key", "https://forge.example.org/eblume/blumeops/ZOT_CI_API_KEY"),
    finding(SECRET, "token", "https://forge.example.org/eblume/cv/FORGE_TOKEN"),
  ]);
  expect(found).toEqual(
    ["group", "key"].map(
      (what) => expect.stringContaining(`${what} is managed by the stack organization/`) as string,
    ),
  );
  const asked = readFileSync(join(folder, "asked"), "utf8");
  expect(asked).not.toContain("--show-secrets");
  expect(asked).not.toContain("export --stack indri");
});

test("with nothing to adopt, no other stack is read", async () => {
  const at = withPulumi([]);
  expect(await heldElsewhere(at, [finding(GROUP, "group", "uuid-1", "ours")])).toEqual([]);
  expect(() => readFileSync(join(folder, "asked"))).toThrow("ENOENT");
});
