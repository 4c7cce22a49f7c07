import { type Expected, type Fact, NOBODY, withToken } from "../fact";

/*
 * Assumptions about a 1Password Connect server below /v1/: of the program itself, of the provider onepassword 3.3.1
 * with its connect-sdk-go, and of the rehearsal. Sources: Connect's API description (1Password/connect,
 * docs/openapi), the provider's `internal/onepassword`. Clients read the status in a refusal's body; its text is for
 * people.
 */
const ITEMS = "vaults/{vault}/items";
const ITEM = `${ITEMS}/{item}`;
/** In the format of ids, but of no object. */
const NOT_THERE = "aaaaaaaaaaaaaaaaaaaaaaaaaa";

const READS = "references of the settings, and every look into the vault";
const WRITES = "the item of a pusher's key, as 1Password's provider writes it";
const GONE = "that an item which somebody deleted is noticed, and that a destroy takes it for done";
const HINT = "the hint about the Connect token";

const titled = (title: string): string =>
  `${ITEMS}?${new URLSearchParams({ filter: `title eq "${title}"` }).toString().replaceAll("%7B", "{").replaceAll("%7D", "}")}`;

const refused = (
  status: number,
  fact: Pick<Fact, "shows" | "needs" | "ask"> & Partial<Pick<Fact, "as" | "body" | "settles">>,
): Fact => ({ ...fact, expect: { status, body: { status }, keys: "message" }, compare: "status" });

const THE_SERVER: readonly Fact[] = [
  {
    shows: "the version is told to everybody",
    needs: "the record of what was compared",
    ask: "GET /health",
    as: NOBODY,
    expect: { status: 200, keys: "name version" },
    compare: "status",
  },
  {
    shows: "the server says to whoever asks that it is alive",
    needs: "the wait for a server that starts",
    ask: "GET /heartbeat",
    as: NOBODY,
    expect: { status: 200 },
    compare: "status",
  },
  refused(401, { shows: "no token: 401", needs: HINT, ask: "GET vaults", as: NOBODY }),
  refused(401, {
    shows: "a wrong token: 401",
    needs: HINT,
    ask: "GET vaults",
    as: withToken("eyJ.wrong.one"),
  }),
];

const vaultsNamed = (shows: string, needs: string, filter: string, expect: Expected): Fact => ({
  shows,
  needs,
  ask: `GET vaults?filter=${filter}`,
  expect,
  compare: "shape",
});

const THE_VAULTS: readonly Fact[] = [
  {
    shows: "a vault is told by its id",
    needs: "the provider's look-up getVault",
    ask: "GET vaults/{vault}",
    expect: { status: 200, keys: "id name description", body: { id: "{vault}" } },
    compare: "shape",
  },
  {
    shows: "the list has the token's vaults",
    needs: "npm run adopt -- --write-settings, and the check that 1Password answers",
    ask: "GET vaults",
    expect: { status: 200, keys: "id name" },
    compare: "shape",
  },
  vaultsNamed("a vault is found by its name", "references that name a vault", "name+eq+%22{vaultQuery}%22", {
    status: 200,
    body: [{ id: "{vault}" }],
  }),
  vaultsNamed(
    "a filter by title finds a vault as well",
    "connect-sdk-go, which asks for vaults by their title",
    "title+eq+%22{vaultQuery}%22",
    { status: 200, body: [{ id: "{vault}" }] },
  ),
  vaultsNamed("a name that no vault has: an empty list", READS, "name+eq+%22{ns}%22", {
    status: 200,
    body: [],
  }),
  refused(403, {
    shows: "a vault that is not the token's: 403",
    needs: "the hint about onepassword.vaultId",
    ask: `GET vaults/${NOT_THERE}/items`,
  }),
  refused(400, {
    shows: "a name in the place of a vault's id: 400",
    needs: "that names are looked up first",
    ask: "GET vaults/{ns}/items",
  }),
];

/** A key's item as the provider sends it: it makes the ids of sections and fields. */
const SECTION = { id: "0f1d2c3b-4a59-4687-9786-a5b4c3d2e1f0", label: "key" };
const CONTENT = {
  vault: { id: "{vault}" },
  category: "LOGIN",
  urls: [{ primary: true, href: "https://registry.example.org" }],
  sections: [SECTION],
};
const FIELDS = [
  { id: "username", type: "STRING", purpose: "USERNAME", label: "username", value: "{ns}" },
  { id: "password", type: "CONCEALED", purpose: "PASSWORD", label: "password", value: "first value" },
  { id: "notesPlain", type: "STRING", purpose: "NOTES", label: "notesPlain" },
];
const IN_SECTION = {
  id: "1a2b3c4d-5e6f-4071-8293-a4b5c6d7e8f9",
  type: "STRING",
  label: "expires at",
  value: "2030-01-01",
  section: SECTION,
};
const NOTE = { id: "notesPlain", type: "STRING", purpose: "NOTES", label: "notesPlain", value: "of {ns}" };
const TAGS = ["zot-access", "stack {ns}"];

const THE_ITEMS: readonly Fact[] = [
  {
    shows: "a new item is answered with 200, version 1 and all that was sent",
    needs: WRITES,
    ask: `POST ${ITEMS}`,
    body: { ...CONTENT, title: "{ns} key", tags: TAGS, fields: [...FIELDS, IN_SECTION] },
    keep: { item: "id" },
    expect: {
      status: 200,
      keys: "id title vault category urls tags version sections fields",
      body: { version: 1, title: "{ns} key", category: "LOGIN", vault: { id: "{vault}" }, tags: TAGS },
    },
  },
  {
    shows: "it can be read, with its values",
    needs: READS,
    ask: `GET ${ITEM}`,
    settles: true,
    expect: { status: 200, keys: "fields sections", body: { id: "{item}", version: 1 } },
  },
  {
    shows: "it is found by its title, without its fields",
    needs: "references that name an item",
    ask: `GET ${titled("{ns} key")}`,
    settles: true,
    expect: { status: 200, body: [{ id: "{item}", title: "{ns} key", tags: TAGS, version: 1 }] },
  },
  {
    shows: "it is in the list of the vault",
    needs: "npm run adopt -- --write-settings, which looks for values in use",
    ask: `GET ${ITEMS}`,
    settles: true,
    expect: { status: 200, keys: "id title category version" },
    compare: "status",
  },
  {
    shows: "a title that no item has: an empty list",
    needs: "that a key's item is made, where there is none",
    ask: `GET ${titled("{ns} other")}`,
    expect: { status: 200, body: [] },
  },
  {
    shows: "a title is found in its very case alone",
    needs: "that a key's item is made beside one of another case",
    ask: `GET ${titled("{NS} KEY")}`,
    expect: { status: 200, body: [] },
  },
  {
    shows: "a second item of the same title is taken",
    needs: "that several items of a title are refused by the program",
    ask: `POST ${ITEMS}`,
    body: { ...CONTENT, title: "{ns} key", fields: FIELDS },
    keep: { twin: "id" },
    expect: { status: 200, body: { version: 1 } },
  },
  {
    shows: "both are found by the title",
    needs: "that several items of a title are refused by the program",
    ask: `GET ${titled("{ns} key")}`,
    settles: true,
    expect: { status: 200, body: [{ title: "{ns} key" }, { title: "{ns} key" }] },
    compare: "status",
  },
  {
    shows: "a note has its text in notesPlain",
    needs: "the note beside a key's item",
    ask: `POST ${ITEMS}`,
    body: {
      vault: { id: "{vault}" },
      category: "SECURE_NOTE",
      title: "{ns} key: about this item",
      urls: [{ primary: true, href: "" }],
      fields: [NOTE],
    },
    keep: { note: "id" },
    expect: { status: 200, body: { category: "SECURE_NOTE", version: 1 } },
  },
];

const invalid = (shows: string, body: object, needs = "what the rehearsal refuses of an item"): Fact =>
  refused(400, {
    shows,
    needs,
    ask: `POST ${ITEMS}`,
    body: { ...CONTENT, title: "{ns} refused", ...body },
  });

const THE_CHANGES: readonly Fact[] = [
  {
    shows: "a replaced item is answered with the version that it had",
    needs: "the provider, which waits for the version after it",
    ask: `PUT ${ITEM}`,
    body: {
      ...CONTENT,
      id: "{item}",
      title: "{ns} key",
      sections: [],
      fields: FIELDS.map((field) => (field.id === "password" ? { ...field, value: "second value" } : field)),
    },
    expect: { status: 200, body: { id: "{item}", version: 1 } },
  },
  {
    shows: "it shows with the next version, and without what was left out",
    needs: "that a user's fields and tags are sent along",
    ask: `GET ${ITEM}`,
    settles: true,
    expect: { status: 200, body: { version: 2 } },
  },
  refused(400, {
    shows: "another item's id in a replacement: 400",
    needs: "what the rehearsal refuses of an item",
    ask: `PUT ${ITEM}`,
    body: { ...CONTENT, id: "{twin}", title: "{ns} key", fields: FIELDS },
  }),
  invalid("an unknown category: 400", { category: "NONE" }),
  invalid("a field of a section that is not declared: 400", { sections: [], fields: [IN_SECTION] }),
  invalid("two fields of one id: 400", { sections: [], fields: [NOTE, NOTE] }),
  refused(404, { shows: "an unknown item: 404", needs: GONE, ask: `GET ${ITEMS}/${NOT_THERE}` }),
  refused(404, {
    shows: "a replacement of an unknown item: 404",
    needs: GONE,
    ask: `PUT ${ITEMS}/${NOT_THERE}`,
    body: { ...CONTENT, id: NOT_THERE, title: "{ns} key", fields: FIELDS },
  }),
  refused(400, {
    shows: "a title in the place of an item's id: 400",
    needs: "that titles are looked up first",
    ask: `GET ${ITEMS}/{ns}`,
  }),
];

const THE_END: readonly Fact[] = [
  {
    shows: "an item is deleted: 204",
    needs: "a destroy",
    ask: `DELETE ${ITEM}`,
    expect: { status: 204, body: null },
  },
  refused(404, {
    shows: "a deleted item is gone: 404",
    needs: GONE,
    ask: `GET ${ITEM}`,
    settles: true,
  }),
  refused(404, { shows: "an item is deleted twice: 404", needs: GONE, ask: `DELETE ${ITEM}` }),
  {
    shows: "its title finds the other one alone",
    needs: "that a key's item is made again",
    ask: `GET ${titled("{ns} key")}`,
    settles: true,
    expect: { status: 200, body: [{ id: "{twin}" }] },
  },
];

export const CONNECT_FACTS: readonly Fact[] = [
  ...THE_SERVER,
  ...THE_VAULTS,
  ...THE_ITEMS,
  ...THE_CHANGES,
  ...THE_END,
];
