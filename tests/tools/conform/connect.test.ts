import { type OnePassword, startOnePassword } from "../../../rehearsal/onepassword";
import { conformTo, PREFIX } from "../../../tools/conform/run";
import { CONNECT_COMPARED } from "../../../tools/conform/systems/connect";

/*
 * A Connect server as somebody has it: its vault is named, and holds items of theirs.
 */
const TOKEN = "a-token-of-connect";
const OWN = { title: "of somebody", fields: [{ label: "key", value: "own", section: "a" }] };
let server: OnePassword;
beforeEach(async () => {
  server = await startOnePassword({
    token: TOKEN,
    vaults: [
      { name: "For tests", items: [OWN] },
      { name: "twice" },
      { name: "Twice" },
      { name: "closed", inScope: false },
    ],
  });
});
afterEach(() => server.stop());

const open = (vault: string, token = TOKEN) =>
  CONNECT_COMPARED.open(server.url, { OP_CONNECT_TOKEN: token }, { vault });

test("the comparison works in the vault that is named, in any case, and leaves what is there", async () => {
  const { known, side, version } = await open("for Tests");
  const standIn = await CONNECT_COMPARED.standIn(side.flavour);
  try {
    // Of a run that was killed.
    server.add("For tests", { title: `${PREFIX}0 key`, fields: [] });
    const before = server.itemsOf("For tests").filter(({ title }) => !title.startsWith(PREFIX));
    const { found, left } = await conformTo(CONNECT_COMPARED, { side, ...(known && { known }) }, standIn);
    expect([found, left, version]).toEqual([[], [], "1.8.1"]);
    expect(server.itemsOf("For tests")).toEqual(before);
  } finally {
    await standIn.stop();
  }
});

test.each([
  ["none", /^--vault none: the token reads no vault of that name; it reads For tests, twice, Twice$/],
  ["closed", /the token reads no vault of that name/],
  ["twice", /the token reads several vaults of that name/],
])("the vault %s is refused before anything is made", async (vault, message) => {
  await expect(open(vault)).rejects.toThrow(message);
  expect(server.requests.every(({ method }) => method === "GET")).toBe(true);
});

test("a wrong token is refused, and is in no message", async () => {
  const refused = open("For tests", "wrong-one");
  await expect(refused).rejects.toThrow(/401/);
  await expect(refused).rejects.not.toThrow(/wrong-one/);
});
