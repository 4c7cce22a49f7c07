import {
  AccessProofHandler,
  type AccessProofInputs,
  type AccessProofState,
} from "../../provider/access-proof";
import { runMatrix } from "../../systems/zot/proof";

jest.mock("../../systems/zot/proof", () => ({ assertMatrix: () => undefined, runMatrix: jest.fn() }));

test("each proof asks about the next places, and knows what the one before it has proven", async () => {
  const places: unknown[] = [];
  jest.mocked(runMatrix).mockImplementation((args) => {
    places.push(args.places);
    return Promise.resolve([]);
  });
  const handler = new AccessProofHandler();
  const grants = [{ to: "anonymous", may: ["pull"], in: ["**"], from: "access.anonymous.pull" }] as const;
  const first = { access: { grants: [], caches: [] } } as unknown as AccessProofInputs;
  const second = { access: { grants, caches: [] } } as unknown as AccessProofInputs;
  const made = (await handler.create(first)).outputs;
  await handler.update("", await handler.update("", made, second), second);
  // Of a version before, which counted no turns and knew another form of access.
  await handler.update("", { access: { admins: [] } } as unknown as AccessProofState, second);
  expect(places).toEqual([
    { turn: 0 },
    { turn: 1, since: first.access },
    { turn: 2, since: second.access },
    { turn: 1, since: undefined },
  ]);
});

test("a proof of which an adoption did not know who asks is made again", async () => {
  const news = {
    registryUrl: "https://registry.example.org",
    zotVersion: "2.1.20",
    access: { grants: [], caches: [] },
    identities: [{ name: "anonymous", groups: [] }],
    pushers: [],
    keyId: "",
    after: "",
  };
  const { identities: _, ...known } = news;
  const handler = new AccessProofHandler();
  const changes = async (old: object) =>
    (await handler.diff("", { ...old, answers: 1 } as AccessProofState, news)).changes;
  expect(await changes(known)).toBe(true);
  expect(await changes(news)).toBe(false);
});
