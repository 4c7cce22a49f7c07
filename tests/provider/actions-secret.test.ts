import { ActionsSecretHandler, type ActionsSecretInputs } from "../../provider/actions-secret";
import { type Forgejo, startForgejo } from "../../rehearsal/forgejo";
import { RecordedMessages } from "./recorded-messages";

const TOKEN = "forgejo-token";
let forgejo: Forgejo;

const told = new RecordedMessages();
const { say } = told;

beforeEach(async () => {
  forgejo = await startForgejo({
    token: TOKEN,
    owner: "eblume",
    orgs: ["builders"],
    repositories: ["blumeops", { name: "theirs", owned: false }],
  });
});
afterEach(() => forgejo.stop());

const inputs = (change: Partial<ActionsSecretInputs> = {}): ActionsSecretInputs => ({
  url: forgejo.url,
  token: TOKEN,
  owner: "eblume",
  repository: "blumeops",
  name: "DEPLOY_TOKEN",
  value: "hunter2",
  ...change,
});

/** What one `pulumi up` does with one secret: a process of its own, and the state that the last one left. */
async function up(old: ActionsSecretInputs | undefined, news: ActionsSecretInputs) {
  const handler = new ActionsSecretHandler();
  const checked = handler.prepare(news, old);
  if (!old) return (await handler.create(checked, say)).outputs;
  const { changes } = await handler.diff("id", old, checked, say);
  return changes ? handler.update("id", old, checked) : old;
}

const puts = () => forgejo.requests.filter(({ method }) => method === "PUT").length;
const lists = () => forgejo.requests.filter(({ method }) => method === "GET").length;

test("the value reaches Forgejo and never the state", async () => {
  const state = await up(undefined, inputs());
  expect(forgejo.secretsOf("blumeops")).toEqual({ DEPLOY_TOKEN: "hunter2" });
  expect(JSON.stringify(state)).not.toContain("hunter2");
});

test("an unchanged secret is not written again, a changed one is", async () => {
  const first = await up(undefined, inputs());
  const second = await up(first, inputs());
  expect(second).toEqual(first);
  expect(puts()).toBe(1);
  await up(second, inputs({ value: "hunter3" }));
  expect(forgejo.secretsOf("blumeops")).toEqual({ DEPLOY_TOKEN: "hunter3" });
});

test("a secret that somebody deleted by hand comes back", async () => {
  const state = await up(undefined, inputs());
  forgejo.forget("blumeops", "DEPLOY_TOKEN");
  expect(await new ActionsSecretHandler().read("id", state, say)).toBeUndefined();
  await new ActionsSecretHandler().diff("id", state, state, say);
  expect(told.heard()).toEqual(["info: eblume/blumeops no longer has DEPLOY_TOKEN: it is set again"]);
  await up(state, inputs());
  expect(forgejo.secretsOf("blumeops")).toEqual({ DEPLOY_TOKEN: "hunter2" });
});

test("a new token alone writes nothing", async () => {
  const state = await up(undefined, inputs());
  await new ActionsSecretHandler().update("id", { ...state, token: "older" }, state);
  expect(puts()).toBe(1);
});

test("one list request for each repository and run, for any number of secrets", async () => {
  const handler = new ActionsSecretHandler();
  const names = ["A", "B", "C", "D"];
  const states = names.map((name) => handler.prepare(inputs({ name }), undefined));
  await Promise.all(states.map((state) => handler.diff("id", state, state, say)));
  expect(lists()).toBe(1);
});

test("another repository, owner or name is another secret", async () => {
  const state = await up(undefined, inputs());
  for (const change of [{ repository: "cv" }, { owner: "other" }, { name: "OTHER" }]) {
    const { replaces } = await new ActionsSecretHandler().diff("id", state, { ...state, ...change }, say);
    expect(replaces).toEqual(Object.keys(change));
  }
});

test("deleting an already deleted secret succeeds", async () => {
  const state = await up(undefined, inputs());
  const handler = new ActionsSecretHandler();
  await handler.delete("id", state);
  expect(forgejo.secretsOf("blumeops")).toEqual({});
  await handler.delete("id", state);
});

test("an owner in another case is the same owner: a new secret is not deleted", async () => {
  const state = await up(undefined, inputs({ owner: "Eblume" }));
  const handler = new ActionsSecretHandler();
  await handler.create(handler.prepare(inputs(), undefined), say);
  await handler.delete("id", state);
  expect(forgejo.secretsOf("blumeops")).toEqual({ DEPLOY_TOKEN: "hunter2" });
});

test("a token replaced since the last run blocks neither a refresh nor a deletion", async () => {
  const state = { ...(await up(undefined, inputs())), token: "replaced" };
  await refreshed(state);
  expect(told.heard().join()).toContain("the token in the state is not valid");
  const handler = new ActionsSecretHandler();
  handler.prepare(inputs({ name: "OTHER" }), undefined);
  await handler.delete("id", state);
  expect(forgejo.secretsOf("blumeops")).toEqual({});
});

/** What the engine asks in a refresh, in a process that no program has told anything. */
async function refreshed(state: ActionsSecretInputs): Promise<void> {
  const handler = new ActionsSecretHandler();
  expect(await handler.read("id", state, say)).toEqual(state);
  expect(await handler.diff("id", state, state, say)).toEqual({ changes: false });
}

/** What a destroy does, after a refresh. */
async function destroyed(state: ActionsSecretInputs): Promise<void> {
  await refreshed(state);
  await new ActionsSecretHandler().delete("id", state);
}

test("a repository that is deleted or hidden from the token blocks no refresh, and a deleted one blocks no destroy", async () => {
  const state = await up(undefined, inputs());
  forgejo.drop("blumeops");
  await destroyed(state);
  expect(told.heard().join()).toMatch(
    /warning: whether eblume\/blumeops has DEPLOY_TOKEN is not known: .*404/,
  );
  const theirs = { ...state, repository: "theirs" };
  await expect(destroyed(theirs)).rejects.toThrow("answered 403");
  expect(told.heard().join()).toContain("whether eblume/theirs has DEPLOY_TOKEN is not known");
});

test("a renamed repository keeps its secrets: a destroy deletes them under the new name", async () => {
  const state = await up(undefined, inputs());
  forgejo.rename("blumeops", "homelab");
  expect(forgejo.secretsOf("homelab")).toEqual({ DEPLOY_TOKEN: "hunter2" });
  await expect(up(state, inputs({ value: "hunter3" }))).rejects.toThrow("was the repository renamed");
  await destroyed(state);
  expect(forgejo.secretsOf("homelab")).toEqual({});
});

test("a secret declared under a repository's new name is not deleted under the old one", async () => {
  const state = await up(undefined, inputs());
  forgejo.rename("blumeops", "homelab");
  const handler = new ActionsSecretHandler();
  await handler.create(handler.prepare(inputs({ repository: "homelab" }), undefined), say);
  await handler.delete("id", state);
  expect(forgejo.secretsOf("homelab")).toEqual({ DEPLOY_TOKEN: "hunter2" });
  told.heard();
});

test("a destroy with a replaced token says to run up first", async () => {
  const state = { ...(await up(undefined, inputs())), token: "replaced" };
  await expect(new ActionsSecretHandler().delete("id", state)).rejects.toThrow("run pulumi up first");
});

async function namesOfBuilders(): Promise<string[]> {
  const url = `${forgejo.url}/api/v1/orgs/builders/actions/secrets`;
  const list = await (await fetch(url, { headers: { authorization: `token ${TOKEN}` } })).json();
  return (list as { name: string }[]).map(({ name }) => name);
}

test("an organisation's secret is set and deleted where the organisation keeps it", async () => {
  const { repository: _, ...organisation } = inputs({ owner: "builders" });
  const state = await up(undefined, organisation);
  expect(await namesOfBuilders()).toEqual(["DEPLOY_TOKEN"]);
  await new ActionsSecretHandler().delete("id", state);
  expect(await namesOfBuilders()).toEqual([]);
});

test("a transient failure is retried", async () => {
  forgejo.failNext(503, 2);
  await up(undefined, inputs());
  expect(forgejo.secretsOf("blumeops")).toEqual({ DEPLOY_TOKEN: "hunter2" });
});

test.each([
  ["a wrong token", { token: "wrong" }, "401", "forgejo.token is not a valid token"],
  ["a repository of somebody else", { repository: "theirs" }, "403", "write:repository"],
  [
    "an organisation that does not exist",
    { owner: "nobody", repository: undefined },
    "404",
    "the organisation does not exist",
  ],
  ["a repository that does not exist", { repository: "nowhere" }, "404", "Actions switched off"],
])("%s is refused at once, and the message says what is missing", async (_name, change, status, hint) => {
  const attempt = up(undefined, inputs(change));
  await expect(attempt).rejects.toThrow(`answered ${status}`);
  await expect(attempt).rejects.toThrow(hint);
  await expect(attempt).rejects.not.toThrow("hunter2");
  expect(puts()).toBe(1);
});

test("an existing secret is adopted by its scope, and its unreadable value is written once", async () => {
  forgejo.plant("blumeops", "DEPLOY_TOKEN", "by hand");
  const handler = new ActionsSecretHandler();
  const { id, outputs } = handler.adopt(`${forgejo.url}/eblume/blumeops/DEPLOY_TOKEN`);
  expect(id).toBe("eblume/blumeops/DEPLOY_TOKEN");
  // What the engine does with what was imported, and with a refresh before the first update.
  expect(handler.prepare(outputs, undefined)).toEqual(outputs);
  expect(await handler.read(id, outputs, say)).toEqual(outputs);
  expect(puts()).toBe(0);
  const diff = await new ActionsSecretHandler().diff(id, outputs, inputs(), say);
  expect(diff).toEqual({ changes: true, replaces: [] });
  const state = await up(outputs, inputs());
  expect(forgejo.secretsOf("blumeops")).toEqual({ DEPLOY_TOKEN: "hunter2" });
  await up(state, inputs());
  expect(puts()).toBe(1);
});

test("an organisation's secret is adopted too; an invalid scope is refused", () => {
  const handler = new ActionsSecretHandler();
  expect(handler.adopt("https://forge.example.org/git/orgs/builders/KEY")).toMatchObject({
    id: "orgs/builders/KEY",
    outputs: { url: "https://forge.example.org/git", owner: "builders", name: "KEY" },
  });
  expect(() => handler.adopt("eblume/blumeops/KEY")).toThrow("write https://forgejo/owner/repository/NAME");
});

test("of two stacks that set one secret, the second is warned, and each overwrites it only when its own value changes", async () => {
  told.heard();
  const first = await up(undefined, inputs({ value: "of the first" }));
  expect(told.heard()).toEqual([]);
  const second = await up(undefined, inputs({ value: "of the second" }));
  expect(told.heard()).toEqual([
    expect.stringMatching(
      /^warning: eblume\/blumeops had DEPLOY_TOKEN already, and it was overwritten: .*stack/,
    ),
  ]);
  await up(first, inputs({ value: "of the first" }));
  expect(forgejo.secretsOf("blumeops")).toEqual({ DEPLOY_TOKEN: "of the second" });
  await up(first, inputs({ value: "new, of the first" }));
  expect(forgejo.secretsOf("blumeops")).toEqual({ DEPLOY_TOKEN: "new, of the first" });
  await up(second, inputs({ value: "of the second" }));
  expect(forgejo.secretsOf("blumeops")).toEqual({ DEPLOY_TOKEN: "new, of the first" });
});
