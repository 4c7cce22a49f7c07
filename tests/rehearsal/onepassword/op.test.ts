import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { startOnePassword, type OnePassword } from "../../../rehearsal/onepassword";
import { installOp } from "../../../rehearsal/onepassword/op/install";
import { run } from "../../../rehearsal/onepassword/op/op";
import { openOnePassword, type SecretReader } from "../../../systems/onepassword";
import { parseOpReference } from "../../../systems/onepassword/op-reference";

/*
 * The product's own reader with the stand-in of `op`, as in CI: a token in the environment and a command in PATH.
 */
const VAULT = "rehearsalrehearsalrehears7";
const SECRET = "the value of the token";
let server: OnePassword;
let folder: string;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "zot-access-op-"));
  await installOp(folder);
  server = await startOnePassword({
    token: "connect",
    vaults: [
      {
        id: VAULT,
        name: "rehearsal",
        items: [
          { title: "forgejo", fields: [{ label: "api-token", value: SECRET, section: "tokens" }] },
          {
            title: "twice",
            fields: [
              { label: "key", value: "one", section: "a" },
              { label: "key", value: "two", section: "b" },
            ],
          },
          {
            title: "zot-ci-apikey",
            fields: [
              { label: "username", value: "zot-ci", purpose: "USERNAME" },
              { label: "password", value: "zak_x", purpose: "PASSWORD" },
            ],
          },
          { title: "Double", fields: [{ label: "a", value: "x" }] },
          { title: "double", fields: [{ label: "a", value: "x" }] },
        ],
      },
      { name: "closed", inScope: false, items: [{ title: "x", fields: [{ label: "a", value: "x" }] }] },
    ],
  });
});
afterAll(async () => {
  await server.stop();
  rmSync(folder, { recursive: true });
});

const reader = (token = server.serviceAccountToken): SecretReader =>
  openOnePassword(
    { vaultId: VAULT, serviceAccountToken: { value: token } },
    { PATH: `${folder}:${process.env["PATH"] ?? ""}` },
  );
const read = (reference: string) => reader().read(parseOpReference(reference));

test("values are read by name in any case, with and without their section, by ids too", async () => {
  const values = await Promise.all([
    read("op://rehearsal/forgejo/api-token"),
    read("op://REHEARSAL/Forgejo/tokens/API-TOKEN"),
    read(`op://${VAULT}/zot-ci-apikey/password`),
  ]);
  expect(values).toEqual([SECRET, SECRET, "zak_x"]);
});

test.each([
  ["op://rehearsal/forgejo/nothing", "does not have a field"],
  ["op://rehearsal/nothing/api-token", "isn't an item"],
  ["op://nowhere/forgejo/api-token", "isn't a vault"],
  ["op://closed/x/a", "isn't a vault"],
  ["op://rehearsal/twice/key", "more than one field"],
  ["op://rehearsal/double/a", "More than one item"],
])("%s is refused: %s", async (reference, reason) => {
  const error = await read(reference).catch(String);
  expect(error).toContain(reason);
  expect(error).not.toContain(SECRET);
});

test("items are found by their title, and show what they hold, never its value", async () => {
  await expect(reader().find(VAULT, "ZOT-CI-apikey")).resolves.toEqual([
    {
      id: expect.stringMatching(/^[a-z2-7]{26}$/) as string,
      category: "login",
      labels: ["username", "password"],
    },
  ]);
  await expect(reader().find(VAULT, "nothing")).resolves.toEqual([]);
});

test("a token that is wrong, or none, opens nothing", async () => {
  await expect(reader().check()).resolves.toBeUndefined();
  const other = `ops_${Buffer.from(JSON.stringify({ signInAddress: server.url })).toString("base64url")}`;
  for (const token of [other, "ops_nonsense", "connect"]) {
    const error = await reader(token).check().catch(String);
    expect(error).toMatch(/op could not say who is signed in: \[ERROR\]/);
    expect(error).not.toContain(token);
  }
  expect((await run(["whoami"], {})).err).toContain("not currently signed in");
});

test("the token does not open Connect, and Connect's not the account", async () => {
  const ask = async (path: string, token: string) =>
    (await fetch(`${server.url}${path}`, { headers: { authorization: `Bearer ${token}` } })).status;
  expect(await ask("/v1/vaults", server.serviceAccountToken)).toBe(401);
  expect(await ask("/service-account/v1/vaults", "connect")).toBe(401);
});

test("what the real command would do and nobody asks for is refused, not answered", async () => {
  const environment = { OP_SERVICE_ACCOUNT_TOKEN: server.serviceAccountToken };
  const failed = async (args: string[], more: Record<string, string> = {}) => {
    const { code, err } = await run(args, { ...environment, ...more });
    return [code, err];
  };
  expect(await failed(["item", "delete", "x"])).toEqual([1, expect.stringContaining("unknown command")]);
  expect(await failed(["item", "list", "--format", "json"])).toEqual([
    1,
    expect.stringContaining("a vault query must be provided"),
  ]);
  expect(await failed(["whoami"], { OP_CONNECT_HOST: server.url, OP_CONNECT_TOKEN: "connect" })).toEqual([
    1,
    expect.stringContaining("OP_CONNECT_HOST"),
  ]);
});

test("an account has a thousand reads an hour", async () => {
  const own = await startOnePassword({ token: "t", vaults: [{ name: "v" }] });
  const ask = async () =>
    (
      await fetch(`${own.url}/service-account/v1/vaults`, {
        headers: { authorization: `Bearer ${own.serviceAccountToken}` },
      })
    ).status;
  for (let request = 0; request < 1000; request++) await ask();
  expect(await ask()).toBe(429);
  await own.stop();
});
