import type { Fact } from "../../../tools/conform/fact";
import type { RunningStandIn } from "../../../tools/conform/system";
import { conformTo, PREFIX, type RunOptions } from "../../../tools/conform/run";
import { AUTHENTIK_COMPARED } from "../../../tools/conform/systems/authentik";
import { CONNECT_COMPARED } from "../../../tools/conform/systems/connect";
import { FORGEJO_COMPARED } from "../../../tools/conform/systems/forgejo";
import { ZOT_COMPARED } from "../../../tools/conform/systems/zot";
import { type Change, type Passed, startProxy } from "./proxy";

/*
 * Sixty servers that each differ in one thing from the one that their stand-in plays: each is found, by the fact that it is about.
 */
type Tree = Record<string, unknown>;

const status =
  (asked: RegExp, from: number, to: number): Change =>
  (what, answer) =>
    asked.test(what) && answer.status === from ? { ...answer, status: to } : undefined;
const header =
  (asked: RegExp, name: string, value: string): Change =>
  (what, answer) =>
    asked.test(what) ? { ...answer, headers: { ...answer.headers, [name]: value } } : undefined;
/** Changes each object of an answer that has one of the keys. */
const object =
  (asked: RegExp, key: string, change: (tree: Tree) => Tree): Change =>
  (what, answer, body) => {
    if (!asked.test(what) || typeof body !== "object" || body === null) return undefined;
    const each = (tree: unknown): unknown =>
      typeof tree === "object" && tree !== null && !Array.isArray(tree) && key in tree
        ? change(tree as Tree)
        : tree;
    const list = (body as Tree)["results"] ?? body;
    const changed = Array.isArray(list) ? list.map(each) : each(body);
    const whole = Array.isArray(list) && !Array.isArray(body) ? { ...body, results: changed } : changed;
    return { ...answer, body: JSON.stringify(whole) } satisfies Passed;
  };
const without =
  (key: string) =>
  ({ [key]: _gone, ...rest }: Tree): Tree =>
    rest;
const as =
  (key: string, value: unknown) =>
  (tree: Tree): Tree => ({ ...tree, [key]: value });

const reversed = (body: unknown): unknown[] => [...((body as Tree)["results"] as unknown[])].reverse();

const backwards =
  (asked: RegExp): Change =>
  (what, answer, body) =>
    asked.test(what) && Array.isArray(body)
      ? { ...answer, body: JSON.stringify([...(body as unknown[])].reverse()) }
      : undefined;
const anyCase: Change = (what, answer) =>
  what.endsWith(" /api/v1/user") && answer.status === 401 ? { ...answer, status: 200 } : undefined;

const OF_AUTHENTIK: readonly [what: string, change: Change, fact: RegExp][] = [
  [
    "a key of a group is missing",
    object(/ \S*core\/groups\//, "num_pk", without("num_pk")),
    /^a group is made/,
  ],
  ["a key is new", object(/core\/applications\//, "slug", as("shelf", 1)), /^an application is made/],
  [
    "a default is another",
    object(/providers\/oauth2\//, "sub_mode", as("sub_mode", "user_id")),
    /^a provider is made/,
  ],
  ["a number is a text", object(/flows\/bindings\//, "order", as("order", "10")), /^a stage is bound/],
  ["nobody is answered 401", status(/core\/users\//, 403, 401), /^nobody reads users/],
  [
    "an error has other words",
    object(/core\/groups\//, "name", (tree) =>
      Array.isArray(tree["name"]) ? as("name", ["taken"])(tree) : tree,
    ),
    /^a group's name is unique/,
  ],
  [
    "an update moves onto a taken order",
    status(/^PUT \S*policies\/bindings/, 400, 200),
    /^a binding does not move/,
  ],
  [
    "a list comes in another order",
    (what, answer, body) =>
      /bindings\/\?target=\S*ordering/.test(what)
        ? { ...answer, body: JSON.stringify({ ...(body as Tree), results: reversed(body) }) }
        : undefined,
    /^bindings come by their order/,
  ],
  [
    "an app password has an end",
    object(/core\/tokens\//, "expires", as("expires", "2030-01-01T00:00:00Z")),
    /^an app password that does not expire/,
  ],
  ["the list of methods is missing", header(/^PUT \S*core\/groups\/$/, "allow", "GET"), /^a wrong method/],
  [
    "authorize stops at a page",
    status(/^GET \/application\/o\/authorize/, 302, 200),
    /^authorize leads whoever/,
  ],
  [
    "a filter is ignored",
    (what, answer) =>
      /users\/\?type=robot/.test(what) ? { ...answer, status: 200, body: '{"results":[]}' } : undefined,
    /^an unknown type in a filter/,
  ],
  [
    "a filter of a flow's bindings is ignored",
    status(/^GET \S*flows\/bindings\/\?target=/, 400, 200),
    /^a flow's slug is refused in a filter/,
  ],
  [
    "a provider is not found by its client id",
    (what, answer, body) =>
      /\?client_id=/.test(what)
        ? { ...answer, body: JSON.stringify({ ...(body as Tree), results: [] }) }
        : undefined,
    /^providers are found by their client id/,
  ],
  [
    "an update keeps what it leaves out",
    object(
      /^GET \S*stages\/password\//,
      "failed_attempts_before_cancel",
      as("failed_attempts_before_cancel", 5),
    ),
    /^a password stage is read after it/,
  ],
  ["a second deletion is answered 204", status(/^DELETE \S*core\/groups/, 404, 204), /^a group that is gone/],
  [
    "another account's app password gives a session",
    (what, answer) =>
      what === "GET /api/v3/core/users/me/" && answer.status === 403
        ? { ...answer, status: 200, body: '{"user":{"username":"other"}}' }
        : undefined,
    /^it has no session/,
  ],
  [
    "whoever is denied is answered 403",
    (what, answer) =>
      /application\/o\/authorize/.test(what) && answer.status === 200
        ? { ...answer, status: 403 }
        : undefined,
    /^whoever no binding lets in/,
  ],
  [
    "pages are larger than they are said to be",
    (what, answer, body) =>
      /page_size=500/.test(what)
        ? { ...answer, body: JSON.stringify({ ...(body as Tree), pagination: { count: 101, next: 0 } }) }
        : undefined,
    /^a list gives no larger pages/,
  ],
  [
    "a stage's binding is found by its own key",
    status(/policies\/bindings\/\?target=/, 400, 200),
    /^what is bound to a stage's binding is not found/,
  ],
  [
    "the password is asked for with the name",
    (what, answer, body) =>
      /^GET \S*default-authentication-flow/.test(what) &&
      (body as Tree | undefined)?.["component"] === "ak-stage-password"
        ? { ...answer, body: JSON.stringify({ component: "ak-stage-identification" }) }
        : undefined,
    /^the password is asked for on a page of its own/,
  ],
  ["end-session is a page", status(/end-session/, 302, 200), /^end-session is answered to a browser/],
  [
    "a blueprint without content is taken",
    status(/^PATCH \S*blueprints/, 400, 200),
    /^a blueprint is not changed in part/,
  ],
];

const OF_FORGEJO: readonly [what: string, change: Change, fact: RegExp][] = [
  ["a new secret is answered 200", status(/^PUT .*\/secrets\/first_one/, 201, 200), /^a new secret: 201/],
  [
    "names come in small letters",
    object(/^GET .*\/actions\/secrets/, "name", (tree) =>
      as("name", String(tree["name"]).toLowerCase())(tree),
    ),
    /^the list has names in capitals/,
  ],
  ["a name is taken", status(/^PUT .*\/secrets\/GITEA_X/, 400, 201), /^a name of Gitea's own/],
  [
    "the total is missing",
    header(/^GET .*\/actions\/secrets/, "x-total-count", "none"),
    /^a repository without secrets/,
  ],
  ["a changed issue is answered 200", status(/^PATCH .*\/issues\/\d+/, 201, 200), /^a changed issue: 201/],
  ["a comment has no author", object(/\/comments/, "user", without("user")), /^a comment is written/],
  [
    "a renamed repository is 404",
    status(/^GET .*\/actions\/secrets/, 307, 404),
    /^the old name of a repository/,
  ],
  [
    "an archived repository takes issues",
    status(/^POST .*\/issues/, 423, 201),
    /^an archived repository takes no issues/,
  ],
  [
    "an issue's author has a name alone",
    object(/ \S*\/issues(\?|$)/, "user", as("user", { login: "conform" })),
    /^open issues are listed/,
  ],
  ["issues come the oldest first", backwards(/^GET \S*\/issues\?/), /^issues come the newest first/],
  [
    "comments come the newest first",
    backwards(/^GET \S*\/comments\?/),
    /^comments of an issue come whole, the oldest first/,
  ],
  [
    "the total of repositories is missing",
    header(/\/repos\/search/, "x-total-count", "none"),
    /^a repository is found with its owner/,
  ],
  ["a large secret is refused", status(/\/secrets\/HUGE/, 201, 413), /^a value of 3 MB/],
  ["the word before a token is taken in any case", anyCase, /^the word before a token/],
  [
    "a user's secret is created again",
    status(/\/user\/actions\/secrets/, 204, 201),
    /^a user's own secret is replaced/,
  ],
  [
    "the total of organisations is missing",
    (what, { headers: { "x-total-count": total, ...headers }, ...answer }) =>
      what.includes("/user/orgs") && total !== undefined ? { ...answer, headers } : undefined,
    /^one's own organisations/,
  ],
];

const OF_ZOT: readonly [what: string, change: Change, fact: RegExp][] = [
  ["a chunk that leaves a gap is taken", status(/^PATCH \S*uploads/, 416, 202), /^a chunk that leaves a gap/],
  ["a wrong digest is taken", status(/^PUT \S*uploads/, 400, 201), /^another digest than that/],
  ["a mount begins an upload", status(/mount=/, 201, 202), /^a blob is mounted/],
  [
    "the digest of a manifest is missing",
    header(/^HEAD \S*manifests/, "docker-content-digest", ""),
    /^a manifest is there/,
  ],
  ["the next page is not named", header(/tags\/list\?n=2$/, "link", ""), /^a page of tags names/],
  ["what is closed is not there", status(/^GET \S*closed/, 401, 404), /^what is closed is not told/],
  ["a cookie may be sent in clear", header(/auth\/login/, "set-cookie", "state=x; Path=/"), /^a login leads/],
  ["a revoked key opens the registry", status(/^GET \/v2\/$/, 401, 200), /^a key that is revoked opens/],
  ["a deletion is answered 200", status(/^DELETE \S*manifests/, 202, 200), /^a tag is deleted/],
  ["metrics are open", status(/^GET \/metrics/, 401, 200), /^metrics are refused/],
  ["referrers are not there", status(/referrers/, 200, 404), /^what refers to a manifest/],
];

const OF_CONNECT: readonly [what: string, change: Change, fact: RegExp][] = [
  ["a new item is answered 201", status(/^POST \S*\/items$/, 200, 201), /^a new item is answered with 200/],
  [
    "a list holds the fields",
    object(/\/items\?filter/, "title", as("fields", [])),
    /^it is found by its title/,
  ],
  [
    "a replacement is answered with the new version",
    object(/^PUT /, "version", as("version", 2)),
    /^a replaced item is answered with the version/,
  ],
  [
    "a replacement keeps what was left out",
    object(/^GET \S*\/items\/\w+$/, "tags", (tree) =>
      tree["version"] === 2 ? as("tags", ["kept"])(tree) : tree,
    ),
    /^it shows with the next version/,
  ],
  [
    "a password has no value",
    object(/^GET \S*\/items\/\w+$/, "fields", (tree) => ({
      ...tree,
      fields: (tree["fields"] as Tree[]).map(without("value")),
    })),
    /^it can be read, with its values/,
  ],
  [
    "a refusal has no status in its body",
    object(/^GET \S*\/items\/a+$/, "status", without("status")),
    /^an unknown item/,
  ],
  [
    "a filter by title is refused for vaults",
    (what, answer) => (/vaults\?filter=title/.test(what) ? { ...answer, status: 400 } : undefined),
    /^a filter by title finds a vault/,
  ],
  [
    "another vault is 404",
    status(/^GET \S*\/vaults\/a+\/items/, 403, 404),
    /^a vault that is not the token's/,
  ],
  ["a deletion is answered 200", status(/^DELETE /, 204, 200), /^an item is deleted: 204/],
  [
    "what was deleted stays",
    (what, answer) =>
      /^GET \S*\/items\/\w+$/.test(what) && answer.status === 404
        ? { ...answer, status: 200, body: "{}" }
        : undefined,
    /^a deleted item is gone/,
  ],
];

test("sixty differences are planted", () => {
  expect(OF_AUTHENTIK.length + OF_FORGEJO.length + OF_CONNECT.length + OF_ZOT.length).toBe(60);
});

describe.each([
  { system: AUTHENTIK_COMPARED, flavour: "2026.5", plants: OF_AUTHENTIK, made: "core/groups/", middle: 40 },
  { system: FORGEJO_COMPARED, flavour: "forgejo=9", plants: OF_FORGEJO, made: "user/repos", middle: 40 },
  {
    system: CONNECT_COMPARED,
    flavour: "1.8",
    plants: OF_CONNECT,
    made: "vaults/conformconformconformconfo/items",
    middle: 16,
  },
  { system: ZOT_COMPARED, flavour: "2.1.20", plants: OF_ZOT, made: undefined, middle: 40 },
])("$system.name", ({ system, flavour, plants, made, middle }) => {
  let standIn: RunningStandIn;
  let there: RunningStandIn;
  beforeAll(async () => {
    [standIn, there] = [await system.standIn(flavour), await system.standIn(flavour)];
  });
  afterAll(() => Promise.all([standIn.stop(), there.stop()]));

  async function through(change: Change, options: RunOptions = {}) {
    const proxy = await startProxy(there.side.url, change);
    try {
      const side = { ...there.side, url: proxy.url };
      return await conformTo(system, { ...there, side }, standIn, { known: [], patienceMs: 300, ...options });
    } finally {
      await proxy.stop();
    }
  }

  test("a server that differs in nothing is clean, through the same proxy", async () => {
    const { found, left } = await through(() => undefined);
    expect([found.map(({ fact, at }) => `${fact.shows}: ${at}`), left]).toEqual([[], []]);
  });

  test.each(plants)("%s", async (_what, change, fact) => {
    const found: string[] = [];
    const end = new AbortController();
    const enough = new Error("what was planted is found");
    const told = ({ shows }: Fact, differences: readonly unknown[]) => {
      if (differences.length === 0) return;
      found.push(shows);
      if (fact.test(shows)) end.abort(enough); // the rest of the table tells nothing more
    };
    await through(change, { signal: end.signal, told }).catch(async (error: unknown) => {
      if (error !== enough && (error as Error).cause !== enough) throw error;
      // What no list tells, the table itself removes at its end.
      if (error !== enough) await through(() => undefined);
    });
    expect(found).toEqual(expect.arrayContaining([expect.stringMatching(fact) as string]));
  });

  test("a difference that is known of one release is none of another's", async () => {
    const change: Change = (what, answer) =>
      what.startsWith("POST ") && answer.status < 300 ? { ...answer, status: 202 } : undefined;
    const known = (flavours: readonly string[]) => [{ fact: "*", at: "*", flavours, reason: "known" }];
    const reasons = async (flavours: readonly string[]) =>
      new Set((await through(change, { known: known(flavours) })).found.map((each) => each.known));
    expect(await reasons([flavour])).toEqual(new Set(["known"]));
    expect(await reasons(["another"])).toEqual(new Set([undefined]));
  });

  test("what failed and what was found are told where the removal fails as well", async () => {
    const removals = ["", "403"];
    const closed = {
      ...system,
      cleanUp: () => {
        const problem = removals.shift();
        return problem === "" ? Promise.resolve([]) : Promise.reject(new Error("answered 403"));
      },
    };
    const end = AbortSignal.abort(new Error("interrupted"));
    const failing = conformTo(closed, there, standIn, { known: [], signal: end });
    await expect(failing).rejects.toThrow(
      new RegExp(`^interrupted\nNot removed from .*${PREFIX} \\(answered 403\\)`),
    );
    removals.unshift("", "403");
    const facts = system.facts.slice(0, 1);
    const { asked, left } = await conformTo({ ...closed, facts }, there, standIn, { known: [] });
    expect([asked, left]).toEqual([1, [expect.stringContaining("answered 403")]]);
  });

  test("what was made is removed where the server goes down in the middle, and where the run is ended", async () => {
    const names = async () => {
      // What was made in a zot of the comparison's own goes with it.
      if (made === undefined) return 0;
      const reply = await fetch(there.side.url + there.side.base + made, {
        headers: { authorization: there.side.authorization },
      });
      return (await reply.text()).split(PREFIX).length - 1;
    };
    let asked = 0;
    const rubbish: Change = (_what, answer) =>
      ++asked === middle ? { ...answer, headers: { location: "http://[" } } : undefined;
    await expect(through(rubbish)).rejects.toThrow(/Invalid URL/);
    expect(await names()).toBe(0);
    const end = new AbortController();
    asked = 0;
    const enough: Change = () => {
      if (++asked === middle) end.abort(new Error("interrupted"));
      return undefined;
    };
    await expect(through(enough, { signal: end.signal })).rejects.toThrow("interrupted");
    expect(await names()).toBe(0);
  });
});
