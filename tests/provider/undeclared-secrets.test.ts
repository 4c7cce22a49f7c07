import { UndeclaredSecretsHandler, type UndeclaredSecretsInputs } from "../../provider/undeclared-secrets";
import { UNKNOWN } from "../../systems/pulumi/values";
import { type Forgejo, startForgejo } from "../../rehearsal/forgejo";
import { RecordedMessages } from "./recorded-messages";

const TOKEN = "forgejo-token";
const told = new RecordedMessages();
const { say } = told;
let forgejo: Forgejo;

beforeEach(async () => {
  forgejo = await startForgejo({ token: TOKEN, owner: "eblume", repositories: ["blumeops"] });
  for (const name of ["KEPT", "FORGOTTEN", "OLDER"]) await set(name);
  told.heard();
});
afterEach(() => forgejo.stop());

async function set(name: string): Promise<void> {
  const { status } = await fetch(`${forgejo.url}/api/v1/repos/eblume/blumeops/actions/secrets/${name}`, {
    method: "PUT",
    headers: { authorization: `token ${TOKEN}`, "content-type": "application/json" },
    body: JSON.stringify({ data: "value" }),
  });
  expect(status).toBe(201);
}

const inputs = (change: Partial<UndeclaredSecretsInputs> = {}): UndeclaredSecretsInputs => ({
  url: forgejo.url,
  token: TOKEN,
  owner: "eblume",
  repository: "blumeops",
  declared: ["KEPT", "NEW"],
  ...change,
});
const names = () => Object.keys(forgejo.secretsOf("blumeops"));

test("the preview names what will be deleted, and deletes nothing", async () => {
  await new UndeclaredSecretsHandler().prepare(inputs(), undefined, say);
  expect(told.heard()).toEqual([
    "warning: eblume/blumeops has undeclared secrets; they are deleted: FORGOTTEN, OLDER",
  ]);
  expect(names()).toEqual(["FORGOTTEN", "KEPT", "OLDER"]);
});

test("undeclared secrets are deleted, declared ones stay", async () => {
  const handler = new UndeclaredSecretsHandler();
  const { outputs } = await handler.create(inputs());
  expect(names()).toEqual(["KEPT"]);
  expect(await new UndeclaredSecretsHandler().diff("id", outputs, inputs())).toEqual({
    changes: false,
    replaces: [],
  });
});

test("a secret that appears later is a change, named in the preview", async () => {
  const { outputs } = await new UndeclaredSecretsHandler().create(inputs());
  await set("BY_HAND");
  const handler = new UndeclaredSecretsHandler();
  await handler.prepare(inputs(), outputs, say);
  expect(told.heard().join()).toContain("BY_HAND");
  expect((await handler.diff("id", outputs, inputs())).changes).toBe(true);
  await handler.update("id", outputs, inputs());
  expect(names()).toEqual(["KEPT"]);
});

test("with an unknown input, no request is sent", async () => {
  const before = forgejo.requests.length;
  await new UndeclaredSecretsHandler().prepare(inputs({ token: UNKNOWN }), undefined, say);
  expect(forgejo.requests.length).toBe(before);
});

test("a deleted repository blocks no refresh, and is named as soon as the program needs it", async () => {
  const { outputs } = await new UndeclaredSecretsHandler().create(inputs());
  forgejo.drop("blumeops");
  const handler = new UndeclaredSecretsHandler();
  expect((await handler.diff("id", outputs, inputs())).changes).toBe(false);
  await expect(handler.prepare(inputs(), outputs, say)).rejects.toThrow("answered 404");
  await expect(handler.diff("id", outputs, inputs())).rejects.toThrow("answered 404");
});
