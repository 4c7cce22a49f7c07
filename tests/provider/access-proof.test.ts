import { AccessProofHandler, type AccessProofState } from "../../provider/access-proof";

test("an adopted proof without known identities is replaced", async () => {
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
