import { type Expected, type Fact, NOBODY, withToken } from "../fact";

/*
 * What is taken for granted of Forgejo's and Gitea's API below /api/v1/. Texts of refusals are for people: their status counts.
 */
const REPOSITORY = "repos/{me}/{ns}";
const SECRETS = `${REPOSITORY}/actions/secrets`;
const NAMES_OF = "names of Actions secrets that the settings refuse";

const THE_REPOSITORY: readonly Fact[] = [
  {
    shows: "the version is told to everybody",
    needs: "which flavour is compared",
    ask: "GET version",
    as: NOBODY,
    expect: { status: 200, keys: "version" },
    compare: "shape",
  },
  {
    shows: "the token's user is told by id and login",
    needs: "CI finds its own issues and comments by the id",
    ask: "GET user",
    expect: { status: 200, keys: "id login", body: { login: "{me}" } },
    compare: "status",
  },
  {
    shows: "no token: 401",
    needs: "the hint about forgejo.token",
    ask: "GET user",
    as: NOBODY,
    expect: { status: 401 },
    compare: "status",
  },
  {
    shows: "a wrong token: 401",
    needs: "the hint about forgejo.token",
    ask: "GET user",
    as: withToken("0000000000000000000000000000000000000000"),
    expect: { status: 401 },
    compare: "status",
  },
  {
    shows: "a repository is made by its name",
    needs: "what the rehearsal makes in a real server",
    ask: "POST user/repos",
    body: { name: "{ns}", private: true, auto_init: true },
    expect: { status: 201, body: { name: "{ns}", full_name: "{me}/{ns}", archived: false } },
    compare: "status",
  },
  {
    shows: "a name that a repository has: 409",
    needs: "what the rehearsal makes in a real server",
    ask: "POST user/repos",
    body: { name: "{ns}" },
    expect: { status: 409 },
    compare: "status",
  },
  {
    shows: "Actions are switched on",
    needs: "the fact after it",
    ask: `PATCH ${REPOSITORY}`,
    body: { has_actions: true },
    expect: { status: 200 },
    compare: "status",
  },
  {
    shows: "a repository says whether it has Actions",
    needs: "the warning about secrets that no job will see",
    ask: `GET ${REPOSITORY}`,
    expect: { status: 200, body: { has_actions: true } },
    compare: "status",
  },
];

const put = (
  shows: string,
  name: string,
  data: unknown,
  expect: Expected,
  more: Partial<Fact> = {},
): Fact => ({
  shows,
  needs: "the resource ActionsSecret",
  ask: `PUT ${SECRETS}/${name}`,
  body: { data },
  expect,
  compare: "status",
  ...more,
});
const refused = (shows: string, name: string, more: Partial<Fact> = {}): Fact =>
  put(shows, name, "x", { status: 400 }, { needs: NAMES_OF, ...more });

const THE_SECRETS: readonly Fact[] = [
  {
    shows: "a repository without secrets has an empty list",
    needs: "the resource ActionsSecret",
    ask: `GET ${SECRETS}?page=0`,
    expect: { status: 200, body: [], headers: { "x-total-count": "0" } },
  },
  put(
    "a new secret: 201 without a body",
    "first_one",
    "one",
    { status: 201, body: null },
    { compare: "all" },
  ),
  put("a secret that was there: 204", "FIRST_ONE", "two", { status: 204, body: null }, { compare: "all" }),
  {
    shows: "the list has names in capitals and times, no values",
    needs: "that a secret is compared by its name in capitals",
    ask: `GET ${SECRETS}?page=0`,
    expect: { status: 200, body: [{ name: "FIRST_ONE", created_at: "{time}" }] },
  },
  put("no text at all: 422", "EMPTY", "", { status: 422 }, { needs: "the hint about an empty value" }),
  put("a number in the place of a text: 422", "NUMBER", 5, { status: 422 }),
  {
    shows: "a secret without data: 422",
    needs: "the resource ActionsSecret",
    ask: `PUT ${SECRETS}/NOTHING`,
    body: {},
    expect: { status: 422 },
    compare: "status",
  },
  {
    shows: "a body that is no JSON: 422",
    needs: "the resource ActionsSecret",
    ask: `PUT ${SECRETS}/BROKEN`,
    body: "{",
    expect: { status: 422 },
    compare: "status",
  },
  put("a value of several lines", "LINES", "a\r\nb\n", { status: 201 }),
  put("a value of 65,536 bytes", "LARGE", "x".repeat(65_536), { status: 201 }),
  put(
    "a value of 65,537 bytes",
    "LARGER",
    "x".repeat(65_537),
    { status: 201 },
    { needs: "the hint about the size of a value", otherwise: { "gitea=1.26": { status: 400 } } },
  ),
  refused("a name that begins with a digit: 400", "1ST"),
  refused("a name with a dash: 400", "WITH-DASH"),
  refused("a name with a blank: 400", "WITH%20BLANK"),
  refused("a name of Gitea's own: 400", "GITEA_X"),
  refused("a name of GitHub's own, in small letters: 400", "github_token"),
  refused("a name of Forgejo's own", "FORGEJO_X", {
    otherwise: { "forgejo=9": { status: 201 }, "gitea=1.26": { status: 201 } },
  }),
  put("a name with an owner's inside", "MY_GITHUB_TOKEN", "x", { status: 201 }, { needs: NAMES_OF }),
  put(
    "the name CI",
    "CI",
    "x",
    { status: 201 },
    { needs: NAMES_OF, otherwise: { "gitea=1.26": { status: 400 } } },
  ),
  put("a name that begins with an underscore", "_X", "x", { status: 201 }, { needs: NAMES_OF }),
  put("many secrets", "MANY_{i}", "x", { status: 201 }, { times: 40 }),
  {
    shows: "what page 0 is",
    needs: "that a list is read page by page: Gitea has no page of all",
    ask: `GET ${SECRETS}?page=0`,
    expect: { status: 200 },
  },
  {
    shows: "a list without a page",
    needs: "that a list is read page by page",
    ask: `GET ${SECRETS}`,
    expect: { status: 200 },
  },
  {
    shows: "a second page",
    needs: "that a list is read page by page",
    ask: `GET ${SECRETS}?page=2&limit=10`,
    expect: { status: 200 },
  },
  {
    shows: "a secret is deleted with 204, whatever its case",
    needs: "a destroy",
    ask: `DELETE ${SECRETS}/first_one`,
    expect: { status: 204, body: null },
  },
  {
    shows: "a secret that is gone: 404",
    needs: "that a destroy takes it for done",
    ask: `DELETE ${SECRETS}/FIRST_ONE`,
    expect: { status: 404 },
    compare: "status",
  },
  {
    shows: "an unknown repository: 404",
    needs: "the hint about a repository that forgejo.token may not see",
    ask: "GET repos/{me}/{ns}-none/actions/secrets?page=0",
    expect: { status: 404 },
    compare: "status",
  },
  {
    shows: "no token on a private repository: 404",
    needs: "the hint about forgejo.token",
    ask: `GET ${SECRETS}?page=0`,
    as: NOBODY,
    expect: { status: 404 },
    compare: "status",
  },
];

const ISSUES = `${REPOSITORY}/issues`;

const THE_ISSUES: readonly Fact[] = [
  {
    shows: "an issue is opened, as the token's user",
    needs: "CI's issue about drift",
    ask: `POST ${ISSUES}`,
    body: { title: "{ns} drift", body: "<!-- marker -->\nbody" },
    keep: { issue: "number" },
    expect: {
      status: 201,
      keys: "id number title body state user",
      body: { state: "open", title: "{ns} drift", user: { login: "{me}" } },
    },
    compare: "status",
  },
  {
    shows: "an issue needs a title: 422",
    needs: "CI's issue about drift",
    ask: `POST ${ISSUES}`,
    body: { body: "x" },
    expect: { status: 422 },
    compare: "status",
  },
  {
    shows: "open issues are listed without pull requests",
    needs: "CI finds its own issue",
    ask: `GET ${ISSUES}?state=open&type=issues&limit=50&page=1`,
    expect: { status: 200, keys: "id number title body state user", headers: { "x-total-count": "1" } },
    compare: "status",
  },
  {
    shows: "the page after the last is empty",
    needs: "CI reads a list to its end",
    ask: `GET ${ISSUES}?state=open&type=issues&limit=50&page=2`,
    expect: { status: 200, body: [] },
    compare: "status",
  },
  {
    shows: "a changed issue: 201",
    needs: "CI's issue about drift",
    ask: `PATCH ${ISSUES}/{issue}`,
    body: { title: "{ns} other" },
    expect: { status: 201, body: { title: "{ns} other" } },
    compare: "status",
  },
  {
    shows: "an unknown issue: 404",
    needs: "the hint about an issue that was deleted",
    ask: `GET ${ISSUES}/999`,
    expect: { status: 404 },
    compare: "status",
  },
  {
    shows: "a comment is written, as the token's user",
    needs: "CI's comment on a pull request",
    ask: `POST ${ISSUES}/{issue}/comments`,
    body: { body: "first" },
    keep: { comment: "id" },
    expect: { status: 201, keys: "id body user", body: { body: "first", user: { login: "{me}" } } },
    compare: "status",
  },
  {
    shows: "a comment needs a text: 422",
    needs: "CI's comment on a pull request",
    ask: `POST ${ISSUES}/{issue}/comments`,
    body: {},
    expect: { status: 422 },
    compare: "status",
  },
  {
    shows: "comments of an issue come whole",
    needs: "CI finds its own comment",
    ask: `GET ${ISSUES}/{issue}/comments?limit=50&page=1`,
    expect: { status: 200, keys: "id body user" },
    compare: "status",
  },
  {
    shows: "comments of an issue come whole on any page",
    needs: "CI ends at a page without anything new",
    ask: `GET ${ISSUES}/{issue}/comments?limit=50&page=2`,
    expect: { status: 200, keys: "id body user" },
    compare: "status",
  },
  {
    shows: "a comment is read by its id",
    needs: "CI looks whether an edit was written",
    ask: `GET ${ISSUES}/comments/{comment}`,
    expect: { status: 200, body: { body: "first" } },
    compare: "status",
  },
  {
    shows: "a comment is changed: 200",
    needs: "CI's comment on a pull request",
    ask: `PATCH ${ISSUES}/comments/{comment}`,
    body: { body: "second" },
    expect: { status: 200, body: { body: "second" } },
    compare: "status",
  },
  {
    shows: "an unknown comment: 404",
    needs: "the hint about a comment that was deleted",
    ask: `PATCH ${ISSUES}/comments/999999`,
    body: { body: "x" },
    expect: { status: 404 },
    compare: "status",
  },
  {
    shows: "comments of an unknown issue",
    needs: "that CI waits out what is no answer about its rights",
    ask: `GET ${ISSUES}/999/comments`,
    expect: { status: 404 },
    otherwise: { "forgejo=9": { status: 500 }, "gitea=1.26": { status: 500 } },
    compare: "status",
  },
  {
    shows: "an issue is closed",
    needs: "CI closes its issue",
    ask: `PATCH ${ISSUES}/{issue}`,
    body: { state: "closed" },
    expect: { status: 201, body: { state: "closed" } },
    compare: "status",
  },
  {
    shows: "a repository without jobs has none in its list",
    needs: "the turn of CI's jobs",
    ask: `GET ${REPOSITORY}/actions/tasks?limit=50&page=1`,
    expect: { status: 200, body: { total_count: 0 } },
    compare: "status",
  },
];

const THE_STATES: readonly Fact[] = [
  {
    shows: "Actions are switched off",
    needs: "the fact after it",
    ask: `PATCH ${REPOSITORY}`,
    body: { has_actions: false },
    expect: { status: 200, body: { has_actions: false } },
    compare: "status",
  },
  {
    shows: "secrets of a repository whose Actions are off",
    needs: "the warning about secrets that no job will see",
    ask: `GET ${SECRETS}?page=0&limit=1`,
    expect: { status: 404 },
    otherwise: { "forgejo=9": { status: 200 }, "gitea=1.26": { status: 200 } },
    compare: "status",
  },
  {
    shows: "Actions are switched on again",
    needs: "the facts after it",
    ask: `PATCH ${REPOSITORY}`,
    body: { has_actions: true },
    expect: { status: 200, body: { has_actions: true } },
    compare: "status",
  },
  {
    shows: "a repository is renamed",
    needs: "the fact after it",
    ask: `PATCH ${REPOSITORY}`,
    body: { name: "{ns}-renamed" },
    expect: { status: 200, body: { name: "{ns}-renamed" } },
    compare: "status",
  },
  {
    shows: "the old name of a repository leads to the new one",
    needs: "that a token follows no redirect, and a destroy finds what was renamed",
    ask: `GET ${SECRETS}?page=0`,
    otherwise: { "gitea=1.26": { status: 301 } },
    expect: {
      status: 307,
      headers: {
        location: { to: "/api/v1/repos/{me}/{ns}-renamed/actions/secrets", query: { page: "0" } },
      },
    },
    compare: "status",
  },
  {
    shows: "a repository is archived",
    needs: "the facts after it",
    ask: "PATCH repos/{me}/{ns}-renamed",
    body: { archived: true },
    expect: { status: 200, body: { archived: true } },
    compare: "status",
  },
  {
    shows: "an archived repository takes secrets",
    needs: "the resource ActionsSecret",
    ask: "PUT repos/{me}/{ns}-renamed/actions/secrets/LATE",
    body: { data: "x" },
    expect: { status: 201 },
    compare: "status",
  },
  {
    shows: "an archived repository takes no issues: 423",
    needs: "the hint about an archived repository",
    ask: "POST repos/{me}/{ns}-renamed/issues",
    body: { title: "x" },
    expect: { status: 423 },
    compare: "status",
  },
];

const ORG = "orgs/{ns}-org/actions/secrets";

const THE_OWNERS: readonly Fact[] = [
  {
    shows: "an organisation is made by its name",
    needs: "the facts after it",
    ask: "POST orgs",
    body: { username: "{ns}-org" },
    expect: { status: 201 },
    compare: "status",
  },
  {
    shows: "a new secret of an organisation: 201",
    needs: "secrets of an organisation",
    ask: `PUT ${ORG}/MANY_{i}`,
    body: { data: "x" },
    times: 35,
    expect: { status: 201 },
    compare: "status",
  },
  {
    shows: "an organisation's list without a page has 30",
    needs: "that a list is read page by page",
    ask: `GET ${ORG}`,
    expect: { status: 200, headers: { "x-total-count": "35" } },
  },
  {
    shows: "what an organisation's page 0 is",
    needs: "that a list is read page by page",
    ask: `GET ${ORG}?page=0`,
    expect: { status: 200 },
  },
  {
    shows: "an unknown organisation: 404",
    needs: "the hint about an organisation that forgejo.token may not see",
    ask: "GET orgs/{ns}-none/actions/secrets?page=0",
    expect: { status: 404 },
    compare: "status",
  },
  {
    shows: "a repository is deleted: 204",
    needs: "what the rehearsal made in a real server goes again",
    ask: "DELETE repos/{me}/{ns}-renamed",
    expect: { status: 204, body: null },
  },
];

export const FORGEJO_FACTS: readonly Fact[] = [
  ...THE_REPOSITORY,
  ...THE_SECRETS,
  ...THE_ISSUES,
  ...THE_STATES,
  ...THE_OWNERS,
];
