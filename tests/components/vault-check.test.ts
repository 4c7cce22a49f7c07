import * as onepassword from "@pulumi/onepassword";
import * as pulumi from "@pulumi/pulumi";
import { NOTHING, withPeoplesFields } from "../../components/peoples-fields";
import { SecretSource } from "../../components/secret-source";
import {
  checkVault,
  type ItemCounter,
  type NamedSecret,
  type OwnItem,
  type VaultError,
} from "../../components/vault-check";
import { parseOpReference } from "../../config/op-reference";
import { providerError } from "./world";

const VAULT = "vg6xf6vvfmoh5hqjjhlhbeoaie";
const OWN = { vaultId: VAULT, title: "zot-ci-apikey", lifetimeDays: 90, renewAfterDays: 60 };
const TAGS = ["zot-access", "indri"];

/** Answers of `getItem` by title; a number is how many items have it. */
let items: Record<string, object | number>;
let reads: string[];

class OnePassword implements pulumi.runtime.Mocks {
  newResource({ name }: pulumi.runtime.MockResourceArgs) {
    return { id: name, state: {} };
  }

  call({ token, inputs }: pulumi.runtime.MockCallArgs): Record<string, unknown> {
    if (token.includes("getVault")) throw providerError("No vault found with name 'other'");
    const { title, vault } = inputs as { title: string; vault: string };
    reads.push(title);
    if (vault !== VAULT) throw providerError(`status 404: vault ${vault} not found`);
    const found = items[title] ?? 0;
    if (typeof found === "number") {
      throw providerError(`Client Error: Found ${found} item(s) in vault "${vault}" with title "${title}"`);
    }
    return { title, sectionMap: {}, ...found };
  }
}

beforeEach(async () => {
  items = {};
  reads = [];
  await pulumi.runtime.setMocks(new OnePassword(), "zot-access", "indri", false);
});

const field = (value: string) => ({ id: "f", type: "CONCEALED", value });
const keyEnding = (days: number) => ({
  uuid: "abcdefghijklmnopqrstuvwxyz",
  tags: TAGS,
  sectionMap: {
    key: {
      id: "s",
      fieldMap: { "expires at": field(new Date(Date.now() + days * 86_400_000).toISOString()) },
    },
  },
});

function check(references: Record<string, string>, own: OwnItem = OWN, counter?: ItemCounter) {
  const provider = new onepassword.Provider("vault", {});
  const source = new SecretSource({ provider, vault: { id: VAULT, name: "homelab" } });
  const named = Object.entries(references).map(([path, text]): NamedSecret => ({
    path,
    secret: { kind: "reference", reference: parseOpReference(text) },
  }));
  return checkVault(source, named, own, counter);
}

test("an item is read once for all its references and for its check, and nothing is wrong", async () => {
  items = { forgejo: { sectionMap: { t: { id: "t", fieldMap: { token: field("x"), other: field("y") } } } } };
  const references = { a: "op://homelab/forgejo/token", b: `op://${VAULT}/Forgejo/other` };
  items["Forgejo"] = items["forgejo"] ?? 0;
  expect(await check(references)).toMatchObject({ renewalDue: true, noteGone: false });
  expect(reads.map((title) => title.toLowerCase()).sort()).toEqual(["forgejo", "zot-ci-apikey"]);
});

test("everything that is missing or ambiguous is named at once, by its setting, with what to do", async () => {
  items = { forgejo: { username: "eblume" }, twice: 2, "zot-ci-apikey": 2 };
  const error: unknown = await check({
    "zot-access:authentik.token": "op://homelab/nowhere/token",
    "zot-access:forgejo.token": "op://homelab/forgejo/token",
    "zot-access:host.privateKey": "op://homelab/twice/key",
    "zot-access:proof.admin.key": "op://other/item/key",
  }).catch((thrown: unknown) => thrown);
  expect((error as VaultError).problems.map((problem) => problem.replace(/\n +/, " "))).toEqual([
    expect.stringMatching(
      /^ciCredential.itemTitle: there are 2 items "zot-ci-apikey" .*→ rename the others$/,
    ),
    expect.stringMatching(
      /^zot-access:authentik.token: there is no item "nowhere" in vault .*→ check the title/,
    ),
    expect.stringMatching(/^zot-access:forgejo.token: .*forgejo has no field token; it has username$/),
    expect.stringMatching(/^zot-access:host.privateKey: there are 2 items "twice" .*→ write the item's id/),
    expect.stringMatching(
      /^zot-access:proof.admin.key: No vault found with name 'other' → check the reference/,
    ),
  ]);
});

test("an item of that title that another stack or a person made is refused, and not overwritten", async () => {
  items = { "zot-ci-apikey": { tags: ["zot-access", "another-stack"] } };
  await expect(check({})).rejects.toThrow(/an item "zot-ci-apikey" that this stack did not make.*tag indri/);
  items = { "zot-ci-apikey": {} };
  await expect(check({})).rejects.toThrow("tag zot-access and indri");
});

test("an item that Connect does not list is not asked of the provider, which would print that as an error", async () => {
  const empty = { count: () => Promise.resolve(0) };
  expect(await check({}, OWN, empty)).toMatchObject({ renewalDue: true, noteGone: false });
  expect(reads).toEqual([]);
  items = { "zot-ci-apikey": keyEnding(31) };
  const full = { count: () => Promise.resolve(1) };
  expect(await check({}, OWN, full)).toMatchObject({ renewalDue: false, noteGone: false });
});

test("a note or an item that is gone from beside the other is named, and what makes it again", async () => {
  const warnings = jest.spyOn(pulumi.log, "warn").mockResolvedValue();
  const counter = (notes: number, own: number) => ({
    count: (_vault: string, title: string) =>
      Promise.resolve(title.includes("about this item") ? notes : own),
  });
  items = { "zot-ci-apikey": keyEnding(31) };
  expect(await check({}, OWN, counter(0, 1))).toMatchObject({
    noteGone: true,
    itemId: "abcdefghijklmnopqrstuvwxyz",
  });
  expect(await check({}, OWN, counter(1, 0))).toMatchObject({ noteGone: false, renewalDue: true });
  expect(warnings.mock.calls.map(([text]) => text)).toEqual([
    expect.stringMatching(/^1Password has no note beside "zot-ci-apikey".*--refresh/),
    expect.stringMatching(/^1Password has no item "zot-ci-apikey", but the note .*--refresh/),
  ]);
  warnings.mockClear();
  await check({}, OWN, counter(1, 1));
  await check({}, OWN, counter(0, 0));
  const unable = { count: () => Promise.reject(new Error("503")) };
  await expect(check({}, OWN, unable)).rejects.toThrow("cannot look into the vault");
  expect(warnings).not.toHaveBeenCalled();
});

test("a vault that is not there is named by its setting", async () => {
  const attempt = check({}, { ...OWN, vaultId: "a".repeat(26) });
  await expect(attempt).rejects.toThrow(/onepassword.vaultId: cannot look into the vault a{26}: .*not found/);
});

test.each([
  ["a key with 31 days left is not due", 31, false],
  ["a key with 29 days left is", 29, true],
])("%s", async (_name, days, renewalDue) => {
  items = { "zot-ci-apikey": keyEnding(days) };
  expect(await check({})).toMatchObject({ renewalDue });
});

test("an item of ours without a date, edited by hand perhaps, counts as due", async () => {
  items = { "zot-ci-apikey": { tags: TAGS } };
  expect(await check({})).toMatchObject({ renewalDue: true });
});

test("an item that people made is this stack's once the settings say that CI's key is in it, by title or by id", async () => {
  const uuid = "abcdefghijklmnopqrstuvwxyz";
  items["zot-ci-apikey"] = { uuid, tags: [] };
  await expect(check({})).rejects.toThrow("name it in ciCredential.from and run npm run adopt");
  for (const item of ["ZOT-CI-apikey", uuid]) {
    const adoptedFrom = parseOpReference(`op://homelab/${item}/password`);
    expect(await check({}, { ...OWN, adoptedFrom })).toMatchObject({ renewalDue: true, itemId: uuid });
  }
  const elsewhere = parseOpReference("op://homelab/another/password");
  await expect(check({}, { ...OWN, adoptedFrom: elsewhere })).rejects.toThrow("did not make");
});

test("an adopted key without an end is never due", async () => {
  const sectionMap = { key: { id: "s", fieldMap: { "expires at": field("never") } } };
  items["zot-ci-apikey"] = { tags: TAGS, sectionMap };
  expect(await check({})).toMatchObject({ renewalDue: false });
});

test("what people keep in the key's item is told apart from what is the program's, and only what can be written again", async () => {
  const theirs = { id: "f2", type: "STRING", value: "ada" };
  const sectionMap = {
    key: { id: "s", fieldMap: { uuid: field("u"), "expires at": field("never"), note: theirs } },
    history: { id: "h", fieldMap: { "rotated by": theirs, phone: { ...theirs, type: "PHONE" } } },
    empty: { id: "e", fieldMap: {} },
  };
  items["zot-ci-apikey"] = { tags: ["infra", ...TAGS], sectionMap };
  const { peoples } = await check({});
  expect(peoples).toEqual({
    tags: ["infra"],
    sections: {
      key: { id: "s", fieldMap: { note: theirs } },
      history: { id: "h", fieldMap: { "rotated by": theirs } },
    },
  });
  const own = { key: { fieldMap: { uuid: { type: "STRING", value: "new" } } } };
  const declared = withPeoplesFields(own, peoples);
  expect(Object.keys(declared)).toEqual(["key", "history"]);
  expect(declared["key"]).toMatchObject({ fieldMap: { uuid: { value: "new" }, note: { id: "f2" } } });
  expect(declared["key"]).not.toHaveProperty("id");
  expect(declared["history"]).toMatchObject({ id: "h" });
  const { fieldMap } = declared["history"] as { fieldMap: Record<string, { value: pulumi.Output<string> }> };
  expect(await pulumi.isSecret(fieldMap["rotated by"]?.value ?? pulumi.output(""))).toBe(true);
  expect(withPeoplesFields(own, NOTHING)).toEqual(own);
});
