import { type Fact, NOBODY, withToken } from "../fact";

/*
 * What is taken for granted of Authentik's REST API below /api/v3/: who may ask, groups, users, tokens, lists.
 */
const HTTP: readonly Fact[] = [
  {
    shows: "the release is told to whoever has a token",
    needs: "what the program declares by release: grant types, types of redirect URIs",
    ask: "GET admin/version/",
    expect: { status: 200, keys: "version_current" },
    compare: "shape",
  },
  {
    shows: "nobody reads users: 403, not 401",
    needs: "hints about authentik.token",
    ask: "GET core/users/",
    as: NOBODY,
    expect: {
      status: 403,
      headers: { allow: "GET, POST, HEAD, OPTIONS" },
      body: { detail: "Authentication credentials were not provided." },
    },
  },
  {
    shows: "a wrong token reads no users",
    needs: "hints about authentik.token",
    ask: "GET core/users/",
    as: withToken("wrong"),
    expect: { status: 403, body: { detail: "Token invalid/expired" } },
  },
  {
    shows: "a wrong method is refused with those that are right",
    needs: "the provider plugin's errors",
    ask: "PUT core/groups/",
    body: {},
    expect: { status: 405, headers: { allow: "GET, POST, HEAD, OPTIONS" } },
    compare: "status",
  },
  {
    shows: "an unknown path is a page",
    needs: "the error for an authentik.url that leads to another server's path",
    ask: "GET core/nothing/",
    expect: { status: 404, headers: { type: "text/html" } },
    compare: "status",
  },
  {
    shows: "whoever accepts no JSON is refused",
    needs: "the header accept of every request",
    ask: "GET core/groups/",
    headers: { accept: "text/html" },
    expect: { status: 406 },
    compare: "status",
  },
  {
    shows: "a form is refused",
    needs: "the header content-type of every request",
    ask: "POST core/groups/",
    headers: { "content-type": "application/x-www-form-urlencoded" },
    body: "name=team",
    expect: {
      status: 415,
      body: { detail: 'Unsupported media type "application/x-www-form-urlencoded" in request.' },
    },
  },
  {
    shows: "a body that is no JSON is refused",
    needs: "the provider plugin's errors",
    ask: "POST core/groups/",
    body: "{",
    expect: { status: 400, keys: "detail" },
    compare: "shape",
  },
];

const GROUPS: readonly Fact[] = [
  {
    shows: "a group is made by its name alone, with its defaults",
    needs: "the resource Group; its keys are those that the provider plugin's client requires",
    ask: "POST core/groups/",
    body: { name: "{ns}-writers" },
    keep: { writers: "pk" },
    expect: {
      status: 201,
      body: {
        name: "{ns}-writers",
        is_superuser: false,
        users: [],
        inherited_roles_obj: null,
        attributes: {},
      },
      keys: "pk num_pk parents parents_obj users users_obj roles roles_obj inherited_roles_obj children children_obj",
    },
    otherwise: {
      "2025.10": {
        body: { parent: null, parent_name: null },
        keys: "pk num_pk users users_obj roles roles_obj children children_obj",
      },
    },
  },
  {
    shows: "a group's name is unique",
    needs: "adoption: a group that exists is found, never made once more",
    ask: "POST core/groups/",
    body: { name: "{ns}-writers" },
    expect: { status: 400, body: { name: ["Group with this name already exists."] } },
  },
  {
    shows: "a group needs a name",
    needs: "the provider plugin's errors",
    ask: "POST core/groups/",
    body: {},
    expect: { status: 400, body: { name: ["This field is required."] } },
  },
  {
    shows: "a group's name is no blank",
    needs: "the provider plugin's errors",
    ask: "POST core/groups/",
    body: { name: " " },
    expect: { status: 400, body: { name: ["This field may not be blank."] } },
  },
  {
    shows: "a list in the place of an object is refused",
    needs: "the provider plugin's errors",
    ask: "POST core/groups/",
    body: [],
    expect: {
      status: 400,
      body: { non_field_errors: ["Invalid data. Expected a dictionary, but got list."] },
    },
  },
  {
    shows: "a group is found by its name, with a list's frame",
    needs: "every look-up of a name of the settings",
    ask: "GET core/groups/?name={ns}-writers",
    expect: {
      status: 200,
      body: { pagination: { next: 0, previous: 0, count: 1, current: 1, total_pages: 1 }, autocomplete: {} },
    },
  },
  {
    shows: "a name that no group has gives an empty list",
    needs: "the error that lists all names that are missing",
    ask: "GET core/groups/?name={ns}-nobody",
    expect: {
      status: 200,
      body: {
        pagination: {
          next: 0,
          previous: 0,
          count: 0,
          current: 1,
          total_pages: 1,
          start_index: 0,
          end_index: 0,
        },
        results: [],
      },
    },
  },
  {
    shows: "a page beyond the last is not found",
    needs: "reading all pages",
    ask: "GET core/groups/?name={ns}-writers&page=9",
    expect: { status: 404, body: { detail: "Invalid page." } },
  },
  {
    shows: "members are left out of a group where they are not asked for",
    needs: "look-ups of groups with many members",
    ask: "GET core/groups/?name={ns}-writers&include_users=false",
    expect: { status: 200, body: { results: [{ users_obj: null }] } },
  },
  {
    shows: "a member that does not exist is refused",
    needs: "the provider plugin's errors",
    ask: "POST core/groups/",
    body: { name: "{ns}-others", users: [999999] },
    expect: { status: 400, body: { users: ['Invalid pk "999999" - object does not exist.'] } },
  },
];

const USERS: readonly Fact[] = [
  {
    shows: "a service account is made in a group, with its defaults",
    needs: "the resource User for CI; its keys are those that the provider plugin's client requires",
    ask: "POST core/users/",
    body: { username: "{ns}-ci", name: "{ns}-ci", type: "service_account", groups: ["{writers}"] },
    keep: { ci: "pk" },
    expect: {
      status: 201,
      body: { is_active: true, email: "", is_superuser: false, path: "users", last_login: null },
      keys: "pk date_joined is_superuser groups groups_obj roles roles_obj avatar uid uuid password_change_date last_updated",
    },
    otherwise: {
      "2025.10": {
        keys: "pk date_joined is_superuser groups groups_obj avatar uid uuid password_change_date last_updated",
      },
    },
  },
  {
    shows: "a user's name is unique",
    needs: "adoption: a user that exists is found, never made once more",
    ask: "POST core/users/",
    body: { username: "{ns}-ci", name: "" },
    expect: { status: 400, body: { username: ["This field must be unique."] } },
  },
  {
    shows: "a user needs a user name",
    needs: "the provider plugin's errors",
    ask: "POST core/users/",
    body: { name: "{ns}" },
    expect: { status: 400, body: { username: ["This field is required."] } },
  },
  {
    shows: "an unknown type of user is refused",
    needs: "the provider plugin's errors",
    ask: "POST core/users/",
    body: { username: "{ns}-x", name: "", type: "robot" },
    expect: { status: 400, body: { type: ['"robot" is not a valid choice.'] } },
  },
  {
    shows: "a group goes by its key, not by its name",
    needs: "what the program passes on: keys of groups that it looked up",
    ask: "POST core/users/",
    body: { username: "{ns}-x", name: "", groups: ["{ns}-writers"] },
    expect: { status: 400, body: { groups: ["“{ns}-writers” is not a valid UUID."] } },
  },
  {
    shows: "users are found by their exact name, with its case",
    needs: "the look-up of CI's account",
    ask: "GET core/users/?username={NS}-CI",
    expect: { status: 200, body: { results: [] } },
  },
  {
    shows: "users of a group are found by its key",
    needs: "what a preview says about who is in a group",
    ask: "GET core/users/?groups_by_pk={writers}&include_groups=false",
    expect: { status: 200, body: { results: [{ username: "{ns}-ci", groups_obj: null }] } },
  },
  {
    shows: "an unknown type in a filter is refused",
    needs: "that a filter which narrows nothing is noticed",
    ask: "GET core/users/?type=robot",
    expect: { status: 400, keys: "type" },
    compare: "shape",
  },
  {
    shows: "a group that is replaced without its users loses its members",
    needs: "membership is declared on the user alone",
    ask: "PUT core/groups/{writers}/",
    body: { name: "{ns}-writers" },
    expect: { status: 200, body: { users: [] } },
  },
  {
    shows: "a user's groups can be set alone",
    needs: "membership is declared on the user alone",
    ask: "PATCH core/users/{ci}/",
    body: { groups: ["{writers}"] },
    expect: { status: 200, body: { groups: ["{writers}"] } },
  },
  {
    shows: "a user that does not exist is 404 in words",
    needs: "a refresh that drops what somebody deleted",
    ask: "GET core/users/999999/",
    expect: { status: 404, keys: "detail" },
    compare: "shape",
  },
];

const TOKENS: readonly Fact[] = [
  {
    shows: "an app password that does not expire has no date",
    needs: "CI's app password",
    ask: "POST core/tokens/",
    body: { identifier: "{ns}-app", user: "{ci}", intent: "app_password", expiring: false },
    expect: {
      status: 201,
      body: { intent: "app_password", expiring: false, expires: null, description: "" },
      keys: "pk user_obj identifier intent user description expires expiring",
    },
  },
  {
    shows: "a token's identifier is unique",
    needs: "adoption: a token that exists is found, never made once more",
    ask: "POST core/tokens/",
    body: { identifier: "{ns}-app", user: "{ci}" },
    expect: { status: 400, body: { identifier: ["Token with this identifier already exists."] } },
  },
  {
    shows: "a token's key is read beside it",
    needs: "retrieveKey: the login of CI's account",
    ask: "GET core/tokens/{ns}-app/view_key/",
    keep: { password: "key" },
    expect: { status: 200, body: { key: "{key}" } },
  },
  {
    shows: "an app password opens no API",
    needs: "what CI's app password may do",
    ask: "GET core/users/me/",
    as: withToken("{password}"),
    expect: { status: 403 },
  },
  {
    shows: "a token cannot change its user",
    needs: "the refusal to adopt a token that belongs to somebody else",
    ask: "PUT core/tokens/{ns}-app/",
    body: { identifier: "{ns}-app", intent: "app_password", expiring: false, user: 1 },
    expect: { status: 400, body: { user: ["User cannot be changed"] } },
  },
  {
    shows: "a token whose description is patched becomes an API token",
    needs: "the warning in docs/operations.md: the product replaces tokens whole",
    ask: "PATCH core/tokens/{ns}-app/",
    body: { description: "CI" },
    expect: { status: 200, body: { intent: "api", expires: "{time}", expiring: false } },
    // It is whose token the comparison has: every admin is called something else.
    compare: "shape",
  },
  {
    shows: "a token that is replaced whole is its user's app password again",
    needs: "the update of the resource Token",
    ask: "POST core/tokens/",
    body: { identifier: "{ns}-app-2", user: "{ci}", intent: "app_password", expiring: false },
    expect: { status: 201, body: { intent: "app_password", expires: null, expiring: false } },
  },
  {
    shows: "the key of the app password that CI logs in with",
    needs: "the login of CI's account",
    ask: "GET core/tokens/{ns}-app-2/view_key/",
    keep: { password: "key" },
    expect: { status: 200 },
  },
  {
    shows: "an app password lives half an hour unless told otherwise",
    needs: "expiring: false is declared",
    ask: "POST core/tokens/",
    body: { identifier: "{ns}-short", user: "{ci}", intent: "app_password" },
    expect: { status: 201, body: { expiring: true, expires: "{time}" } },
  },
  {
    shows: "an unknown intent is refused",
    needs: "the provider plugin's errors",
    ask: "POST core/tokens/",
    body: { identifier: "{ns}-x", user: "{ci}", intent: "recovery" },
    expect: { status: 400, body: { intent: ["Invalid intent recovery"] } },
  },
  {
    shows: "tokens are found by identifier and by user",
    needs: "adoption",
    ask: "GET core/tokens/?identifier={ns}-app-2&user__username={ns}-ci",
    expect: { status: 200, body: { results: [{ identifier: "{ns}-app-2" }] } },
  },
  {
    shows: "an API token of a user without rights",
    needs: "the next fact",
    ask: "POST core/tokens/",
    body: { identifier: "{ns}-api", user: "{ci}", intent: "api" },
    expect: { status: 201 },
  },
  {
    shows: "its key",
    needs: "the next fact",
    ask: "GET core/tokens/{ns}-api/view_key/",
    keep: { small: "key" },
    expect: { status: 200 },
  },
  {
    shows: "a user without rights manages nothing",
    needs: "the hint about the rights of authentik.token",
    ask: "POST core/groups/",
    as: withToken("{small}"),
    body: { name: "{ns}-mine" },
    expect: { status: 403, body: { detail: "You do not have permission to perform this action." } },
  },
  {
    shows: "a user without rights reads no users",
    needs: "the hint about the rights of authentik.token",
    ask: "GET core/users/",
    as: withToken("{small}"),
    expect: { status: 403 },
  },
  {
    shows: "a user without rights sees applications: 200 and none",
    needs: "that an empty list is not taken for an empty server",
    ask: "GET core/applications/?slug={ns}",
    as: withToken("{small}"),
    expect: { status: 200, body: { results: [] } },
  },
  {
    shows: "whoever has a token sees who they are",
    needs: "npm run verify: whose token it is",
    ask: "GET core/users/me/",
    as: withToken("{small}"),
    expect: { status: 200, body: { user: { username: "{ns}-ci" } } },
    compare: "shape",
  },
];

export const DIRECTORY_FACTS: readonly Fact[] = [...HTTP, ...GROUPS, ...USERS, ...TOKENS];
