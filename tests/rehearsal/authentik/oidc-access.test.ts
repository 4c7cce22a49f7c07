import { RelyingParty, CALLBACK, REGISTRY } from "./relying-party";

let party: RelyingParty;

beforeEach(async () => {
  party = await RelyingParty.start();
});

afterEach(() => party.stop());

describe("a wrong request", () => {
  test.each([
    ["an unknown client", { client_id: "other" }],
    ["a slash too much", { redirect_uri: `${CALLBACK}/` }],
    ["another host", { redirect_uri: "https://evil.example/zot/auth/callback/oidc" }],
    ["no address", { redirect_uri: "" }],
  ])("%s is told to the person, not to the address", async (_what, changes) => {
    const { status, location } = await party.authorize(changes);
    expect([status, location]).toEqual([400, undefined]);
  });

  test.each([
    ["unsupported_response_type", { response_type: "toke" }],
    ["invalid_request", { response_type: "id_token" }],
    ["invalid_request", { code_challenge: "x", code_challenge_method: "S512" }],
    ["login_required", { prompt: "none" }],
  ])("%s is told to the client", async (error, changes) => {
    const { status, location } = await party.authorize(changes);
    expect(status).toBe(302);
    expect(location?.origin).toBe(REGISTRY);
    expect(location?.searchParams.get("error")).toBe(error);
    expect(location?.searchParams.get("state")).toBe("the state");
  });

  test("a provider without grant types refuses every login", async () => {
    const provider = party.authentik.state.providers.get(party.declared.provider);
    if (provider) provider.grant_types = [];
    await party.logIn();
    expect((await party.authorize()).location?.searchParams.get("error")).toBe("invalid_request");
  });
});

describe("who may use the application", () => {
  const binding = (body: object) =>
    party.api.create("policies/bindings/", { target: party.declared.application, order: 9, ...body });
  const bindings = async () =>
    (await party.api.get(`policies/bindings/?target=${party.declared.application}`)).body["results"] as {
      pk: string;
      group: string;
    }[];
  const removeAll = async () => {
    for (const { pk } of await bindings()) await party.api.delete(`policies/bindings/${pk}/`);
  };
  const isLetIn = async () => {
    await party.logIn();
    const { status, location, body } = await party.authorize();
    if (location) return location.searchParams.has("code");
    expect([status, body]).toEqual([200, expect.stringContaining("Request has been denied")]);
    return false;
  };

  test("those of a bound group", async () => expect(await isLetIn()).toBe(true));

  test("nobody else, and they never come back to the client", async () => {
    await removeAll();
    await binding({ group: party.declared.writers });
    expect(await isLetIn()).toBe(false);
  });

  test("everybody, where nothing is bound or every binding is off", async () => {
    await removeAll();
    await binding({ group: party.declared.writers, enabled: false });
    expect(await isLetIn()).toBe(true);
  });

  test("with mode all, only those whom every binding lets in", async () => {
    await party.api.patch("core/applications/zot/", { policy_engine_mode: "all" });
    expect(await isLetIn()).toBe(false);
  });

  test("a binding may be turned round", async () => {
    await removeAll();
    await binding({ group: party.declared.writers, negate: true });
    expect(await isLetIn()).toBe(true);
  });

  test("members of a group below a bound one", async () => {
    const child = await party.api.create("core/groups/", {
      name: "below",
      parents: [party.declared.writers],
    });
    await removeAll();
    await binding({ group: party.declared.writers });
    const ana = await party.api.only("core/users/?username=ana");
    await party.api.patch(`core/users/${String(ana["pk"])}/`, { groups: [child["pk"]] });
    expect(await isLetIn()).toBe(true);
  });
});
