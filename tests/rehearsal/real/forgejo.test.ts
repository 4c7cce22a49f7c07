import { type Forgejo, startForgejo } from "../../../rehearsal/forgejo";
import { RealForgejo } from "../../../rehearsal/real/forgejo";

const TOKEN = "somebodys-token";
let forgejo: Forgejo;
afterEach(() => forgejo.stop());

async function begin(scopes?: readonly string[]): Promise<void> {
  const repositories = ["blumeops"];
  const orgs = ["zot-access-rehearsals", "attic"];
  forgejo = await startForgejo({
    token: TOKEN,
    owner: "somebody",
    repositories,
    orgs,
    ...(scopes && { scopes }),
  });
  forgejo.plant("blumeops", "MINE", "of somebody");
}

async function all(): Promise<string[]> {
  const read = async (path: string) => {
    const answer = await fetch(`${forgejo.url}/api/v1/${path}`, {
      headers: { authorization: `token ${TOKEN}` },
    });
    return await answer.json();
  };
  const { data } = (await read("repos/search")) as { data: { full_name: string }[] };
  const orgs = (await read("user/orgs")) as { name: string }[];
  return [...data.map(({ full_name: name }) => name), ...orgs.map(({ name }) => name)];
}

test("repositories are made in organisations of its own, and removed at the end or by the next rehearsal", async () => {
  await begin();
  const before = await all();
  let said = "";
  const killed = await RealForgejo.open(forgejo.url, TOKEN, (text) => (said += text));
  for (const each of [{ name: "blumeops" }, { name: "blumeops" }, { owner: "attic", name: "images" }])
    await killed.makeRepository(each);
  expect(await all()).toEqual(
    expect.arrayContaining(["zot-access-rehearsal/blumeops", "zot-access-rehearsal-attic/images"]),
  );
  expect(said).toBe("");

  const next = await RealForgejo.open(forgejo.url, TOKEN, (text) => (said += text));
  expect(said).toMatch(/that was killed: zot-access-rehearsal, zot-access-rehearsal-attic\n$/);
  expect(await all()).toEqual(before);
  await next.makeRepository({ name: "cv" });
  await next.stop();
  expect(await all()).toEqual(before);
  expect(forgejo.secretsOf("blumeops")).toEqual({ MINE: "of somebody" });
  await expect(next.makeRepository({ name: "cv" })).rejects.toThrow("the rehearsal is ending");
});

test("a token that may not make organisations is refused with what it needs, and is in no message", async () => {
  await begin(["read:organization", "write:repository"]);
  const real = await RealForgejo.open(forgejo.url, TOKEN, () => undefined);
  const refused = real.makeRepository({ name: "cv" });
  await expect(refused).rejects.toThrow(/answered 403 to POST orgs: [^]*The token needs to read and write/);
  await expect(refused).rejects.not.toThrow(TOKEN);
});
