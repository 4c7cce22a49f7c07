import { consequences, protectedOnes } from "../../../commands/destroy/consequences";
import { differencesOf } from "../../../commands/adopt/differences";
import { fillImportFile } from "../../../commands/adopt/import-file";
import type { Plan } from "../../../systems/pulumi/plan";
import type { ManagedResource } from "../../../systems/pulumi/state";
import type { Finding } from "../../../commands/adopt/survey";
import { formatRows, othersOf, rowsOf } from "../../../commands/adopt/table";
import type { Settings } from "../../../config/schema";
import { UNKNOWN } from "../../../systems/pulumi/values";
import { AUTHENTIK, step, urn } from "./program";

const GROUP = `${AUTHENTIK}group:Group`;
const finding = (change: Partial<Finding> = {}): Finding => ({
  urn: urn(GROUP, "writers"),
  name: "writers",
  what: "group artifact-workloads",
  status: "there",
  id: "uuid",
  remarks: [],
  ...change,
});

test("each difference is one line with the old and the new value, and no secret", () => {
  const changed = {
    ...step(GROUP, "writers", {
      uris: [{ url: "https://new" }],
      token: "[secret]",
      late: UNKNOWN,
      long: "x".repeat(100),
    }),
    oldState: {
      type: GROUP,
      custom: true,
      outputs: { uris: [{ url: "https://old" }], token: "[secret]" },
    },
    detailedDiff: Object.fromEntries(
      ["uris[0].url", "token", "late", "long"].map((path) => [path, { kind: "update" }]),
    ),
  };
  expect(differencesOf(changed)).toEqual([
    "late: nothing → (known after apply)",
    `long: nothing → "${"x".repeat(59)}…`,
    "token: (secret) → (secret)",
    'uris[0].url: "https://old" → "https://new"',
  ]);
});

test("a 1Password item's fields are shown by their shape alone", () => {
  const type = "onepassword:index/item:Item";
  const sections = [{ fields: [{ value: "s3cret" }] }];
  const changed = {
    ...step(type, "item", { sectionMap: { key: {} }, url: "https://new" }),
    oldState: { type, custom: true, outputs: { sections, url: "https://old" } },
    diffReasons: ["sections", "sectionMap", "url"],
  };
  expect(differencesOf(changed)).toEqual([
    "sectionMap: nothing → a map",
    "sections: a list of 1 → nothing",
    'url: "https://old" → "https://new"',
  ]);
});

test("a row shows what happens to the resource, and the program's own resources stand below", () => {
  const update = {
    ...step(GROUP, "writers", { name: "new" }),
    op: "update",
    oldState: { type: GROUP, custom: true, outputs: { name: "old" } },
    diffReasons: ["name"],
  };
  const plan: Plan = {
    steps: [update],
    diagnostics: [
      { urn: update.urn, message: "of the group\n", severity: "info" },
      { message: "of the host\n", severity: "warning" },
    ],
  };
  const rows = rowsOf([finding(), finding({ urn: "urn:other", name: "other", status: "missing" })], plan);
  expect(rows.map(({ verdict }) => verdict)).toEqual(["exists, will be updated", "missing, will be created"]);
  expect(formatRows(rows)).toContain('group artifact-workloads\n    name: "old" → "new"\n    of the group\n');
  expect(othersOf([finding()], plan)).toEqual(["of the host"]);
  const replaced = rowsOf([finding()], { ...plan, steps: [{ ...update, op: "replace" }] });
  expect(replaced[0]?.verdict).toContain("WILL BE REPLACED");
});

test("only what exists is imported, each with its id, under its components and providers", () => {
  const generated = {
    nameTable: { authentik: "urn:provider" },
    providerInputs: { authentik: { token: "ciphertext" } },
    resources: [
      { type: "zot-access:index:RegistryIdentity", name: "identity", component: true },
      { type: GROUP, name: "writersGroup", logicalName: "writers", id: "<PLACEHOLDER>", parent: "identity" },
      { type: GROUP, name: "missing", id: "<PLACEHOLDER>", parent: "identity" },
      { type: "command:remote:Command", name: "registry-config", id: "<PLACEHOLDER>" },
    ],
  };
  const file = fillImportFile(JSON.stringify(generated), [
    finding(),
    finding({ urn: urn(GROUP, "missing"), status: "missing" }),
    finding({ urn: urn(GROUP, "before"), status: "ours" }),
  ]);
  expect(file).toMatchObject({ nameTable: generated.nameTable, providerInputs: generated.providerInputs });
  expect(file.resources).toEqual([generated.resources[0], { ...generated.resources[1], id: "uuid" }]);
});

test("a destroy lists everyone that loses access, and what blocks it", () => {
  const held = (type: string, id: string, more: Partial<ManagedResource> = {}): ManagedResource => ({
    ...{ urn: "", type, name: id, id, protect: false, adopted: false },
    ...more,
  });
  const settings = {
    registryUrl: "https://registry.example.org",
    authentik: { slug: "zot" },
    access: { roles: [{ groups: ["admins"] }, { groups: ["family"] }] },
    pushers: {
      "zot-ci": {
        name: "zot-ci",
        group: "artifact-workloads",
        itemTitle: "zot-ci-apikey",
        revokeAdopted: false,
      },
    },
    host: { onDestroy: "restore" },
  } as unknown as Settings;
  const key = "zot-access:index:ZotApiKey";
  const all = [
    held(key, "key-uuid", { username: "zot-ci" }),
    held("zot-access:index:ActionsSecret", "eblume/blumeops/ZOT_CI_API_KEY"),
    held("onepassword:index/item:Item", "item"),
    held("authentik:index/application:Application", "zot", { protect: true }),
    held("command:remote:Command", "registry-config"),
    held("kubernetes:core/v1:Secret", "ci/zot-push"),
  ];
  const said = consequences(settings, all).join("\n");
  for (const part of [
    "zot-ci can no longer push: its key key-uuid",
    "eblume/blumeops/ZOT_CI_API_KEY",
    "zot-ci-apikey is deleted",
    "nobody can log in to https://registry.example.org",
    "family",
    "ci/zot-push",
    "check who can push with it",
  ]) {
    expect(said).toContain(part);
  }
  expect(consequences(settings, [held(key, "theirs", { adopted: true, username: "zot-ci" })])).toEqual([
    "the key theirs of zot-ci was adopted and is not revoked: it works until it expires or somebody revokes it",
  ]);
  expect(consequences(settings, [])).toEqual([]);
  expect(protectedOnes(all)).toEqual(["zot"]);
});
