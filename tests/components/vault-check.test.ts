import { HOLD_CALENDAR_VARIABLE } from "../../keys/key-calendar";
import * as onepassword from "@pulumi/onepassword";
import * as pulumi from "@pulumi/pulumi";
import * as runtimeOfResources from "@pulumi/pulumi/runtime/resource";
import { NOTHING, withUnmanagedFields } from "../../components/unmanaged-fields";
import { SecretSource } from "../../components/secret-source";
import { checkVault, type NamedSecret, type OwnItem, type VaultError } from "../../components/vault-check";
import { KeptItem, KeptItems } from "../../components/kept-item";
import { otherNotes } from "../../components/notes-found";
import type { ItemLister as Lister } from "../../systems/onepassword/lister";
import { parseOpReference } from "../../systems/onepassword/op-reference";
import { providerError } from "./world";

const VAULT = "vg6xf6vvfmoh5hqjjhlhbeoaie";
const OWN = {
  pusher: "zot-ci",
  vaultId: VAULT,
  title: "zot-ci-apikey",
  lifetimeDays: 90,
  renewAfterDays: 60,
};
const TAGS = ["zot-access", "indri"];

/** Answers of `getItem` by title; a number is how many items have it. */
let items: Record<string, object | number>;
let reads: string[];
/** What the provider says to every look-up by id, and of a title that not exactly one item has. */
let failure: string;
let wording: (found: number) => string;

class OnePassword implements pulumi.runtime.Mocks {
  newResource({ name }: pulumi.runtime.MockResourceArgs) {
    return { id: name, state: {} };
  }

  call({ token, inputs }: pulumi.runtime.MockCallArgs): Record<string, unknown> {
    if (token.includes("getVault")) throw providerError("No vault found with name 'other'");
    const { title, uuid, vault } = inputs as { title: string; uuid?: string; vault: string };
    if (uuid !== undefined) {
      if (items[uuid] !== undefined) return { uuid, ...(items[uuid] as object) };
      throw providerError(failure);
    }
    reads.push(title);
    if (vault !== VAULT) throw providerError(`status 404: vault ${vault} not found`);
    const found = items[title] ?? 0;
    if (typeof found === "number") {
      throw providerError(wording(found));
    }
    return { title, sectionMap: {}, ...found };
  }
}

beforeEach(async () => {
  wording = (found) => `Client Error: Found ${found} item(s) in vault "v" with title "t"`;
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

const sourceOf = (lister?: Lister) =>
  new SecretSource({
    provider: new onepassword.Provider("vault", {}),
    vault: { id: VAULT, name: "homelab" },
    lister,
  });

async function check(references: Record<string, string>, own: OwnItem = OWN, lister?: Lister) {
  const source = sourceOf(lister);
  const named = Object.entries(references).map(([path, text]): NamedSecret => ({
    path,
    secret: { kind: "reference", reference: parseOpReference(text) },
  }));
  return (await checkVault(source, named, [own], lister)).get(own.pusher);
}

/** As Connect lists a vault that holds so many items and notes; the first note is this stack's. */
function listing(own: number, notes: number): Lister {
  const tagged = (count: number, id: (index: number) => string) =>
    Array.from({ length: count }, (_, index) => ({ id: id(index), tags: index === 0 ? TAGS : [] }));
  return {
    titled: (_vault, title) =>
      Promise.resolve(
        title.includes("about this item")
          ? tagged(notes, (index) => `n${index}`)
          : tagged(own, (index) => idOf(index)),
      ),
    listed: () => Promise.reject(new Error("one pusher is no reason to read the whole vault")),
  };
}

/** An id as 1Password makes them. */
const idOf = (index: number): string => `item${String.fromCharCode(97 + index).repeat(22)}`;

test("an item is read once for all its references and for its check, and nothing is wrong", async () => {
  items = { forgejo: { sectionMap: { t: { id: "t", fieldMap: { token: field("x"), other: field("y") } } } } };
  const references = { a: "op://homelab/forgejo/token", b: `op://${VAULT}/Forgejo/other` };
  items["Forgejo"] = items["forgejo"] ?? 0;
  expect(await check(references)).toMatchObject({ renewalDue: true });
  expect(reads.map((title) => title.toLowerCase()).sort()).toEqual(["forgejo", "zot-ci-apikey"]);
});

test("all missing and ambiguous references are named together, each with its setting and the fix", async () => {
  items = { forgejo: { username: "eblume" }, twice: 2, "zot-ci-apikey": 2 };
  const error: unknown = await check({
    "zot-access:authentik.token": "op://homelab/nowhere/token",
    "zot-access:forgejo.token": "op://homelab/forgejo/token",
    "zot-access:host.privateKey": "op://homelab/twice/key",
    "zot-access:proof.admin.key": "op://other/item/key",
  }).catch((thrown: unknown) => thrown);
  expect((error as VaultError).problems.map((problem) => problem.replace(/\n +/, " "))).toEqual([
    expect.stringMatching(
      /^pushers.zot-ci.itemTitle: there are 2 items "zot-ci-apikey" .*→ rename the others$/,
    ),
    expect.stringMatching(
      /^zot-access:authentik.token: there is no item "nowhere" in vault .*→ check the title/,
    ),
    expect.stringMatching(
      /^zot-access:forgejo.token: .*forgejo has no field token; it has username \(of fields outside of sections .*\)$/,
    ),
    expect.stringMatching(/^zot-access:host.privateKey: there are 2 items "twice" .*→ write the item's id/),
    expect.stringMatching(
      /^zot-access:proof.admin.key: No vault found with name 'other' → check the reference/,
    ),
  ]);
});

test("with Connect its list says how many items have a title, in whatever words the provider fails", async () => {
  wording = () => "no luck";
  const own: Record<string, string[]> = {
    "zot-ci-apikey": [idOf(0)],
    nowhere: [],
    twice: [idOf(1), idOf(2)],
    unread: [idOf(3)],
  };
  items = { [idOf(0)]: keyEnding(31) };
  const lister: Lister = {
    ...listing(0, 0),
    titled: (_vault, title) => Promise.resolve((own[title] ?? []).map((id) => ({ id, tags: TAGS }))),
  };
  const references = Object.fromEntries(
    ["nowhere", "twice", "unread"].map((item) => [item, `op://homelab/${item}/x`]),
  );
  const error = (await check(references, OWN, lister).catch((thrown: unknown) => thrown)) as VaultError;
  expect(error.problems.map((problem) => problem.replace(/\n +/, " "))).toEqual([
    expect.stringMatching(/^nowhere: there is no item "nowhere" in vault .*→ check the title/),
    expect.stringMatching(/^twice: there are 2 items "twice" .*→ write the item's id/),
    expect.stringMatching(/^unread: no luck → check the reference/),
  ]);
});

test("of two references to one item, only the one with the missing field is named, and the item is read once", async () => {
  items = { forgejo: { username: "eblume", password: "" } };
  const named = check({ a: "op://homelab/forgejo/username", b: "op://homelab/forgejo/token" });
  const error = (await named.catch((thrown: unknown) => thrown)) as VaultError;
  expect(error.problems).toEqual([
    expect.stringMatching(
      /^b: .*forgejo has no field token; it has username \(of fields outside of sections .*\)$/,
    ),
  ]);
  expect(reads.filter((title) => title === "forgejo")).toHaveLength(1);
});

test("an item of that title that another stack or a person made is refused, and not overwritten", async () => {
  items = { "zot-ci-apikey": { tags: ["zot-access", "another-stack"] } };
  await expect(check({})).rejects.toThrow(/an item "zot-ci-apikey" that this stack did not make.*tag indri/);
  items = { "zot-ci-apikey": {} };
  await expect(check({})).rejects.toThrow("tag zot-access and indri");
});

test("a renamed stack recognises its item by id, and its old name is no user-added tag", async () => {
  const uuid = "abcdefghijklmnopqrstuvwxyz";
  items = { "zot-ci-apikey": { uuid, tags: ["zot-access", "before", "infra"] } };
  const of = (id: string) => () =>
    Promise.resolve({ item: { uuid: id, tags: [] }, note: { uuid: "n", tags: ["before", "zot-access"] } });
  expect(await check({}, { ...OWN, deployed: of(uuid) })).toMatchObject({
    itemId: uuid,
    unmanaged: { tags: ["infra"] },
  });
  await expect(check({}, { ...OWN, deployed: of("another") })).rejects.toThrow("did not make");
});

test.each([
  ["without Connect", undefined],
  ["with it", listing(0, 1)],
])("a renamed item is recognised by id, so that its user-added fields stay (%s)", async (_name, lister) => {
  const uuid = "abcdefghijklmnopqrstuvwxyz";
  const deployed = () => Promise.resolve({ item: { uuid, tags: [] } });
  items = { [uuid]: { ...keyEnding(31), tags: [...TAGS, "infra"] } };
  expect(await check({}, { ...OWN, deployed }, lister)).toMatchObject({
    itemId: uuid,
    unmanaged: { tags: ["infra"] },
    renewalDue: false,
  });
  items = {};
  failure = "status 404: item not found";
  const gone = await check(
    {},
    { ...OWN, deployed },
    lister && { ...lister, listed: () => Promise.resolve([]) },
  );
  expect(gone).toMatchObject({ renewalDue: true });
  expect(gone).not.toHaveProperty("itemId");
});

test("a renamed item that cannot be read stops the run: its user-added fields are unknown", async () => {
  const uuid = "abcdefghijklmnopqrstuvwxyz";
  const deployed = () => Promise.resolve({ item: { uuid, tags: [] } });
  failure = "status 503: service unavailable";
  const listsOnly = {
    ...listing(0, 0),
    listed: () => Promise.resolve([{ id: uuid, title: "renamed", tags: [] }]),
  };
  await expect(check({}, { ...OWN, deployed }, listsOnly)).rejects.toThrow("cannot look into the vault");
});

test("an item that Connect does not list is not asked of the provider, which would print that as an error", async () => {
  expect(await check({}, OWN, listing(0, 0))).toMatchObject({ renewalDue: true, notes: { count: 0 } });
  expect(reads).toEqual([]);
  items = { [idOf(0)]: keyEnding(31) };
  expect(await check({}, OWN, listing(1, 2))).toMatchObject({
    renewalDue: false,
    notes: { count: 2, ids: ["n0"] },
  });
  const unable = { ...listing(0, 0), titled: () => Promise.reject(new Error("503")) };
  await expect(check({}, OWN, unable)).rejects.toThrow("cannot look into the vault");
});

test("the items and notes of many pushers are found in one list of the vault, each as it would be alone", async () => {
  const names = ["one", "two", "three", "four", "five"];
  const owns = names.map((pusher) => ({ ...OWN, pusher, title: `${pusher}-apikey` }));
  const all = [
    { id: idOf(1), title: "one-apikey", tags: TAGS },
    { id: "n1", title: "one-apikey: about this item", tags: TAGS },
    { id: idOf(2), title: "Two-APIkey", tags: TAGS },
    { id: idOf(3), title: "three-apikey", tags: TAGS },
    { id: idOf(4), title: "three-apikey", tags: TAGS },
    { id: "n5", title: "five-apikey: about this item", tags: [] },
  ];
  const item = (index: number, days: number) => ({ ...keyEnding(days), uuid: idOf(index) });
  items = { [idOf(1)]: item(1, 31), [idOf(2)]: item(2, 1), "three-apikey": 2 };
  let lists = 0;
  const lister: Lister = {
    titled: (_vault, title) => Promise.reject(new Error(`${title} was looked for alone`)),
    listed: () => Promise.resolve(((lists += 1), all)),
  };
  const look = () => checkVault(sourceOf(), [], owns, lister);
  await expect(look()).rejects.toThrow(/pushers\.three\.itemTitle: there are 2 items "three-apikey"/);
  all.splice(3, 2);
  const found = await look();
  expect(names.map((name) => found.get(name))).toMatchObject([
    { itemId: idOf(1), renewalDue: false, notes: { count: 1, ids: ["n1"] } },
    { itemId: idOf(2), renewalDue: true, notes: { count: 0 } },
    { renewalDue: true, notes: { count: 0 } },
    { renewalDue: true, notes: { count: 0 } },
    { renewalDue: true, notes: { count: 1, ids: [] } },
  ]);
  expect(lists).toBe(2);
});

test("without Connect the note is looked for as soon as there is an item beside it, and its absence is no error", async () => {
  expect(await check({})).not.toHaveProperty("notes");
  expect(reads).toEqual(["zot-ci-apikey"]);
  const note = "zot-ci-apikey: about this item";
  items = { "zot-ci-apikey": keyEnding(31) };
  expect(await check({})).toMatchObject({ notes: { count: 0, ids: [] } });
  items[note] = { uuid: "n0" };
  expect(await check({})).toMatchObject({ notes: { count: 1, ids: ["n0"] } });
  items[note] = 2;
  expect(await check({})).toMatchObject({ notes: { count: 2, ids: [] } });
});

test("notes that the state does not hold are named, with the command that deletes them", () => {
  expect(otherNotes({ count: 1, ids: ["n0"] }, "n0", OWN)).toBeUndefined();
  // Right after the first one was made; and beside a note of somebody else.
  expect(otherNotes({ count: 0, ids: [] }, "n0", OWN)).toBeUndefined();
  expect(otherNotes({ count: 2, ids: ["n0"] }, "n0", OWN)).toBeUndefined();
  expect(otherNotes({ count: 1, ids: ["n0"] }, "n1", OWN)).toContain(`op item delete n0 --vault ${VAULT}`);
  expect(otherNotes({ count: 3, ids: ["n0", "n1", "n2"] }, "n1", OWN)).toMatch(
    /n0, n2: .*delete n0 .*; op item delete n2/,
  );
  expect(otherNotes({ count: 2, ids: [] }, "n1", OWN)).toMatch(/has 2, and the state holds n1/);
});

describe("an item that the state holds", () => {
  const uuid = "abcdefghijklmnopqrstuvwxyz";
  const held = { vault: VAULT, uuid };
  const kept = (seen: boolean, isGone: boolean, refusal?: string) =>
    new KeptItem({
      title: "the note",
      seen: ["another", ...(seen ? [uuid] : [])],
      isGone: () => Promise.resolve(isGone),
      refusal,
    });
  let warnings: jest.SpiedFunction<typeof pulumi.log.warn>;

  beforeEach(() => (warnings = jest.spyOn(pulumi.log, "warn").mockResolvedValue()));
  afterEach(() => warnings.mockRestore());

  /** What is said where the run had nothing to write. */
  async function warned(item: KeptItem): Promise<unknown> {
    const outputs = { vault: pulumi.output(VAULT), uuid: pulumi.output(uuid) };
    await new Promise((resolve) => item.warnIfGone(outputs).apply(resolve));
    return warnings.mock.calls[0]?.[0];
  }

  test("is not written once it was deleted: the error or warning has the command to run", async () => {
    const help = `"the note" was deleted from the vault ${VAULT}.*Run pulumi up --refresh`;
    await expect(kept(false, true).beforeUpdate(held)).rejects.toThrow(new RegExp(help));
    expect(await warned(kept(false, true))).toMatch(new RegExp(help));
  });

  test("is written where it exists, even renamed, and where its existence is unknown", async () => {
    for (const item of [kept(true, true), kept(false, false)]) {
      await expect(item.beforeUpdate(held)).resolves.toBeUndefined();
      expect(await warned(item)).toBeUndefined();
    }
  });

  test("is asked about by the name of its own resource, although all share the hooks", async () => {
    // There is no engine that could be told of them.
    jest.spyOn(runtimeOfResources, "registerResourceHook").mockResolvedValue(undefined);
    const items = new KeptItems();
    const state = (isGone: boolean) => ({ title: "it", seen: [], isGone: () => Promise.resolve(isGone) });
    items.keep("deleted", state(true));
    items.keep("there", { ...state(false), refusal: "there is one" });
    const hook = (when: "beforeCreate" | "beforeUpdate", name: string) => {
      const [found] = items.hooks[when] ?? [];
      if (!(found instanceof pulumi.ResourceHook)) throw new Error(`there is no hook ${when}`);
      return Promise.resolve(found.callback({ name, oldOutputs: held } as never));
    };
    await expect(hook("beforeUpdate", "deleted")).rejects.toThrow("was deleted from the vault");
    await expect(hook("beforeUpdate", "there")).resolves.toBeUndefined();
    await expect((async () => hook("beforeCreate", "there"))()).rejects.toThrow("there is one");
    await expect((async () => hook("beforeUpdate", "stranger"))()).rejects.toThrow("nothing watches over");
  });

  test("is no deleted item where this run creates it", async () => {
    const item = kept(false, true);
    item.beforeCreate();
    expect(await warned(item)).toBeUndefined();
    expect(() => kept(true, false, "there is one").beforeCreate()).toThrow("there is one");
  });

  test.each([
    ["status 404: item abc not found", true],
    ["failed to get item using sdk: error resolving: item couldn't be found", true],
    ["failed to get item using sdk: item is not in an active state", true],
    ["status 429: Too Many Requests", false],
    ["status 403: vault is not in scope", false],
  ])("counts as deleted or not by the provider's answer: %s", async (said, gone) => {
    const source = new SecretSource({
      provider: new onepassword.Provider("vault", {}),
      vault: { id: VAULT },
    });
    failure = said;
    expect(await source.lacks(VAULT, uuid)).toBe(gone);
  });

  test.each([
    ["which lacks it", () => Promise.resolve([{ id: "other", title: "t", tags: [] }]), true],
    ["which has it", () => Promise.resolve([{ id: uuid, title: "t", tags: [] }]), false],
    ["which cannot be had", () => Promise.reject(new Error("503")), false],
  ] as const)("counts as deleted or not by Connect's list, %s", async (_name, listed, gone) => {
    failure = "status 404: item not found";
    expect(await sourceOf({ ...listing(0, 0), listed }).lacks(VAULT, uuid)).toBe(gone);
  });
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

test("with the calendar held no key is due, and one that is not there is made", async () => {
  const environment = jest.replaceProperty(process, "env", { ...process.env, [HOLD_CALENDAR_VARIABLE]: "1" });
  try {
    items = { "zot-ci-apikey": keyEnding(29) };
    expect(await check({})).toMatchObject({ renewalDue: false });
    items = {};
    expect(await check({})).toMatchObject({ renewalDue: true });
  } finally {
    environment.restore();
  }
});

test("an item of ours without a date, edited by hand perhaps, counts as due", async () => {
  items = { "zot-ci-apikey": { tags: TAGS } };
  expect(await check({})).toMatchObject({ renewalDue: true });
});

test("a person's item becomes this stack's once the settings name it for CI's key, by title or id", async () => {
  const uuid = "abcdefghijklmnopqrstuvwxyz";
  items["zot-ci-apikey"] = { uuid, tags: [] };
  await expect(check({})).rejects.toThrow("name it in pushers.zot-ci.from and run npm run adopt");
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

test("user-added fields of the key's item are told from the program's, and only writable ones are kept", async () => {
  const theirs = { id: "f2", type: "STRING", value: "ada" };
  const sectionMap = {
    key: { id: "s", fieldMap: { uuid: field("u"), "expires at": field("never"), note: theirs } },
    history: { id: "h", fieldMap: { "rotated by": theirs, phone: { ...theirs, type: "PHONE" } } },
    empty: { id: "e", fieldMap: {} },
  };
  items["zot-ci-apikey"] = { tags: ["infra", ...TAGS], sectionMap };
  const { unmanaged } = (await check({})) ?? { unmanaged: NOTHING };
  expect(unmanaged).toEqual({
    tags: ["infra"],
    sections: {
      key: { id: "s", fieldMap: { note: theirs } },
      history: { id: "h", fieldMap: { "rotated by": theirs } },
    },
  });
  const own = { key: { fieldMap: { uuid: { type: "STRING", value: "new" } } } };
  const declared = withUnmanagedFields(own, unmanaged);
  expect(Object.keys(declared)).toEqual(["key", "history"]);
  expect(declared["key"]).toMatchObject({ fieldMap: { uuid: { value: "new" }, note: { id: "f2" } } });
  expect(declared["key"]).not.toHaveProperty("id");
  expect(declared["history"]).toMatchObject({ id: "h" });
  const { fieldMap } = declared["history"] as { fieldMap: Record<string, { value: pulumi.Output<string> }> };
  expect(await pulumi.isSecret(fieldMap["rotated by"]?.value ?? pulumi.output(""))).toBe(true);
  expect(withUnmanagedFields(own, NOTHING)).toEqual(own);
});

test("an own item in which a write would lose one of two fields of one label is refused, with both ids", async () => {
  const twins = [
    { id: "one", label: "note", type: "STRING", value: "a" },
    { id: "two", label: "note", type: "STRING", value: "s3cret" },
  ];
  items[OWN.title] = { ...keyEnding(50), sections: [{ id: "s", label: "mine", fields: twins }] };
  const error = await check({}).catch(String);
  expect(error).toContain("mine/note (one and two)");
  expect(error).toContain("rename all but one of each");
  expect(error).not.toContain("s3cret");
});

test("a reference that matches two fields of one label is refused", async () => {
  const fields = [
    { id: "one", label: "token", type: "CONCEALED", value: "s3cret-1" },
    { id: "two", label: "token", type: "CONCEALED", value: "s3cret-2" },
  ];
  const sectionMap = { api: { id: "s", fieldMap: { token: field("s3cret-2") } } };
  items["odd"] = { sectionMap, sections: [{ id: "s", label: "api", fields }] };
  const error = await check({ "authentik.token": `op://${VAULT}/odd/api/token` }).catch(String);
  expect(error).toContain("authentik.token: 1Password item odd/api has several fields token");
  expect(error).toContain("api/one or api/two");
  expect(error).not.toContain("s3cret");
  await expect(check({ "authentik.token": `op://${VAULT}/odd/api/two` })).resolves.toBeDefined();
});
