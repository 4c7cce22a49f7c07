import { createHash } from "node:crypto";
import { type Asker, browser, type Fact, NOBODY } from "../fact";

/*
 * What is taken for granted of zot's answers beside the access matrix: the API of the distribution specification, logins and keys, as a
 * registry answers that everybody may read, admins write to and `ci` pushes new tags below closed/ in, where nobody else reads.
 */
const OCI_MANIFEST = "application/vnd.oci.image.manifest.v1+json";
const OCI_CONFIG = "application/vnd.oci.image.config.v1+json";
const OCI_LAYER = "application/vnd.oci.image.layer.v1.tar+gzip";
const EMPTY = "application/vnd.oci.empty.v1+json";
const SIGNATURE = "application/vnd.example.signature";
const OCTETS = { "content-type": "application/octet-stream" };
const FROM_UI = { "x-zot-api-client": "zot-ui" };

const digestOf = (content: string) => `sha256:${createHash("sha256").update(content).digest("hex")}`;
const described = (mediaType: string, content: string) => ({
  mediaType,
  digest: digestOf(content),
  size: Buffer.byteLength(content),
});

const LAYER = "the layer of the comparison";
const MOUNTED = "a blob that is there already";
const CONFIG = JSON.stringify({
  architecture: "amd64",
  os: "linux",
  rootfs: { type: "layers", diff_ids: [] },
});
const manifestOf = (more: object) =>
  JSON.stringify({
    schemaVersion: 2,
    mediaType: OCI_MANIFEST,
    config: described(OCI_CONFIG, CONFIG),
    layers: [described(OCI_LAYER, LAYER)],
    ...more,
  });
const MANIFEST = manifestOf({});
const SECOND = manifestOf({ annotations: { which: "second" } });
const LACKING = manifestOf({ layers: [described(OCI_LAYER, "a layer that nobody pushed")] });
const SIGNED = manifestOf({
  artifactType: SIGNATURE,
  config: described(EMPTY, "{}"),
  layers: [described(EMPTY, "{}")],
  subject: described(OCI_MANIFEST, MANIFEST),
});

/** Digests by names, so that an answer shows which of them it holds. */
export const ZOT_DIGESTS = {
  layer: digestOf(LAYER),
  mounted: digestOf(MOUNTED),
  config: digestOf(CONFIG),
  empty: digestOf("{}"),
  manifest: digestOf(MANIFEST),
  second: digestOf(SECOND),
  signed: digestOf(SIGNED),
  nowhere: digestOf("nothing"),
};

/** Of the htpasswd file of a comparison. */
const user = (name: string): Asker => ({ kind: "basic", user: name, password: "conform" });
const ADA = user("ada");
const CI = user("ci");
const MAX = user("max");
const PERSON = browser("a person");
const OTHER = browser("another person");

const APP = "/v2/{ns}/app";
const CLOSED = "/v2/closed/{ns}";
const PUSH = "what a push does, of skopeo and of the access proof";
const PULL = "what a pull does, of CI and of the access proof";
const MATRIX = "the access matrix: how refusals are told apart";
const LOGINS = "zot's login, from which CI's key is minted";
const KEYS = "the life of a key";
const CATALOG = "the targets of the access proof, which are looked for page by page";

interface More {
  readonly as?: Asker;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: unknown;
  readonly keep?: Readonly<Record<string, string>>;
  readonly expect?: Fact["expect"];
  readonly otherwise?: Fact["otherwise"];
  readonly only?: readonly string[];
  readonly compare?: Fact["compare"];
}

const fact = (needs: string, shows: string, ask: string, status: number, more: More = {}): Fact => ({
  as: NOBODY,
  ...more,
  shows,
  needs,
  ask,
  expect: { status, ...more.expect },
});

const errorOf = (code: string) => ({ body: { errors: [{ code }] } });
const json = (type: string) => ({ "content-type": type });
const at = (repository: string, digest: string) => `POST ${repository}/blobs/uploads/?digest=${digest}`;

const BEGIN: readonly Fact[] = [
  fact(MATRIX, "whoever may read something finds a registry without a login", "GET /v2/", 200),
  fact(MATRIX, "somebody with a password finds it as well", "GET /v2/", 200, { as: ADA }),
  fact(MATRIX, "a wrong password is refused, also where none is needed", "GET /v2/", 401, {
    as: { kind: "basic", user: "ada", password: "wrong" },
    expect: { body: { code: "UNAUTHORIZED" } },
  }),
  fact(MATRIX, "docker is asked to log in where somebody may more than everybody", "GET /v2/", 401, {
    headers: { "User-Agent": "docker/27.0 (linux)" },
    otherwise: { "2.1.15": { status: 200 } },
  }),
  fact(MATRIX, "a browser is told what it may ask", "OPTIONS /v2/", 204),
  fact(MATRIX, "an unknown path is 404", "GET /nothing/at/all", 404, { compare: "status" }),
  fact(MATRIX, "a wrong method is 405", "POST /v2/_catalog", 405, { compare: "status" }),
  fact(MATRIX, "a server that lives says so", "GET /livez", 200, { compare: "status" }),
  fact(MATRIX, "without zot's own pages, what they read is not served", "GET /v2/_zot/ext/mgmt", 404, {
    compare: "status",
  }),
];

const UPLOADS: readonly Fact[] = [
  fact(PUSH, "an upload is begun", `POST ${APP}/blobs/uploads/`, 202, {
    as: ADA,
    keep: { upload: "location/" },
  }),
  fact(PUSH, "an upload tells how far it is", `GET ${APP}/blobs/uploads/{upload}`, 204, { as: ADA }),
  fact(PUSH, "a chunk is taken where it follows", `PATCH ${APP}/blobs/uploads/{upload}`, 202, {
    as: ADA,
    headers: { ...OCTETS, "content-range": "0-8" },
    body: LAYER.slice(0, 9),
  }),
  fact(PUSH, "a chunk that leaves a gap is refused", `PATCH ${APP}/blobs/uploads/{upload}`, 416, {
    as: ADA,
    headers: { ...OCTETS, "content-range": "20-22" },
    body: "gap",
  }),
  fact(PUSH, "an upload that went on tells how far it is", `GET ${APP}/blobs/uploads/{upload}`, 204, {
    as: ADA,
  }),
  fact(PUSH, "the last chunk ends an upload", `PUT ${APP}/blobs/uploads/{upload}?digest={layer}`, 201, {
    as: ADA,
    headers: { ...OCTETS, "content-range": `9-${LAYER.length - 1}` },
    body: LAYER.slice(9),
  }),
  fact(PUSH, "an upload that is over is unknown", `GET ${APP}/blobs/uploads/{upload}`, 404, { as: ADA }),
  fact(PUSH, "another upload is begun", `POST ${APP}/blobs/uploads/`, 202, {
    as: ADA,
    keep: { upload: "location/" },
  }),
  fact(
    PUSH,
    "another digest than that of the content is refused",
    `PUT ${APP}/blobs/uploads/{upload}?digest={nowhere}`,
    400,
    {
      as: ADA,
      headers: OCTETS,
      body: LAYER,
      expect: errorOf("DIGEST_INVALID"),
    },
  ),
  fact(PUSH, "an upload to be cancelled is begun", `POST ${APP}/blobs/uploads/`, 202, {
    as: ADA,
    keep: { upload: "location/" },
  }),
  fact(PUSH, "an upload is cancelled", `DELETE ${APP}/blobs/uploads/{upload}`, 204, { as: ADA }),
  fact(PUSH, "an upload that was cancelled is unknown", `PATCH ${APP}/blobs/uploads/{upload}`, 404, {
    as: ADA,
    headers: OCTETS,
    body: "more",
  }),
  fact(PUSH, "a blob is pushed in one request", at(APP, "{config}"), 201, {
    as: ADA,
    headers: OCTETS,
    body: CONFIG,
  }),
  fact(PUSH, "a blob of no content of its own is pushed", at(APP, "{empty}"), 201, {
    as: ADA,
    headers: OCTETS,
    body: "{}",
  }),
  fact(PUSH, "a blob of another type is refused", at(APP, "{config}"), 415, {
    as: ADA,
    headers: json("text/plain"),
    body: CONFIG,
    compare: "status",
  }),
  fact(PUSH, "a blob that is to be mounted is pushed elsewhere", at("/v2/{ns}/base", "{mounted}"), 201, {
    as: ADA,
    headers: OCTETS,
    body: MOUNTED,
  }),
  fact(
    PUSH,
    "a blob is mounted from where it is",
    `POST ${APP}/blobs/uploads/?mount={mounted}&from={ns}/base`,
    201,
    { as: ADA },
  ),
  fact(
    PUSH,
    "a blob that is nowhere begins an upload instead",
    `POST ${APP}/blobs/uploads/?mount={nowhere}&from={ns}/base`,
    202,
    {
      as: ADA,
    },
  ),
  fact(PUSH, "nobody begins an upload without a login", `POST ${APP}/blobs/uploads/`, 401, {
    expect: errorOf("UNAUTHORIZED"),
  }),
  fact(PUSH, "somebody without the right begins none", `POST ${APP}/blobs/uploads/`, 403, {
    as: MAX,
    expect: errorOf("DENIED"),
  }),
];

const BLOBS: readonly Fact[] = [
  fact(PULL, "a blob is there", `HEAD ${APP}/blobs/{layer}`, 200),
  fact(PULL, "a blob is read", `GET ${APP}/blobs/{layer}`, 200),
  fact(PULL, "a part of a blob is read", `GET ${APP}/blobs/{layer}`, 206, {
    headers: { range: "bytes=0-2" },
  }),
  fact(PULL, "a part that a blob has not is refused", `GET ${APP}/blobs/{layer}`, 416, {
    headers: { range: "bytes=900-" },
  }),
  fact(PULL, "an unknown blob is 404", `GET ${APP}/blobs/{nowhere}`, 404, {
    expect: errorOf("BLOB_UNKNOWN"),
  }),
  fact(PULL, "a digest that is none is refused", `GET ${APP}/blobs/nothing`, 400, {
    expect: errorOf("DIGEST_INVALID"),
  }),
  fact(PULL, "an unknown blob is not there", `HEAD ${APP}/blobs/{nowhere}`, 404),
];

const push = (shows: string, reference: string, status: number, body: string, more: More = {}): Fact =>
  fact(PUSH, shows, `PUT ${APP}/manifests/${reference}`, status, {
    as: ADA,
    headers: json(OCI_MANIFEST),
    body,
    ...more,
  });

const MANIFESTS: readonly Fact[] = [
  push("a manifest is pushed under a tag", "v1", 201, MANIFEST),
  push("the same is pushed again", "v1", 201, MANIFEST),
  push("another tag", "v2", 201, SECOND),
  push("a third one", "v3", 201, MANIFEST),
  push("a manifest without its layer is refused", "v9", 400, LACKING, {
    expect: errorOf("MANIFEST_INVALID"),
  }),
  push("a manifest that is none is refused", "v9", 400, "{}", { compare: "code" }),
  push("a manifest under a digest that is another's is refused", "{nowhere}", 400, MANIFEST, {
    compare: "code",
  }),
  push("a manifest is pushed by its digest, with tags", "{second}?tag=v4&tag=v5", 201, SECOND),
  // 2.1.15 takes no tags beside a digest.
  push("a fourth tag", "v4", 201, SECOND, { only: ["2.1.15"] }),
  push("a fifth one", "v5", 201, SECOND, { only: ["2.1.15"] }),
  push("an artifact is pushed with its subject", "{signed}", 201, SIGNED),
  push("nobody pushes without a login", "v1", 401, MANIFEST, { as: NOBODY, expect: errorOf("UNAUTHORIZED") }),
  push("somebody without the right pushes nothing", "v1", 403, MANIFEST, {
    as: MAX,
    expect: errorOf("DENIED"),
  }),
  fact(PULL, "a manifest is there by its tag", `HEAD ${APP}/manifests/v1`, 200),
  fact(PULL, "a manifest is read by its tag", `GET ${APP}/manifests/v1`, 200),
  fact(PULL, "a manifest is read by its digest", `GET ${APP}/manifests/{second}`, 200),
  fact(PULL, "an unknown tag is 404", `GET ${APP}/manifests/none`, 404, {
    expect: errorOf("MANIFEST_UNKNOWN"),
  }),
  fact(PULL, "an unknown repository is 404", "GET /v2/{ns}/none/manifests/v1", 404, {
    expect: errorOf("NAME_UNKNOWN"),
  }),
  fact(PULL, "an unknown tag is not there", `HEAD ${APP}/manifests/none`, 404),
  fact(
    MATRIX,
    "what is closed is not told from what is not there: 401 without a login",
    `GET ${CLOSED}/manifests/v1`,
    401,
    {
      expect: errorOf("UNAUTHORIZED"),
    },
  ),
  fact(MATRIX, "and 403 with one", `GET ${CLOSED}/manifests/v1`, 403, { as: MAX, expect: errorOf("DENIED") }),
  fact(MATRIX, "whoever may read there is told: 404", `GET ${CLOSED}/manifests/v1`, 404, { as: CI }),
];

const TAGS: readonly Fact[] = [
  fact(CATALOG, "tags are listed in their order", `GET ${APP}/tags/list`, 200, {
    expect: { body: { name: "{ns}/app", tags: ["v1", "v2", "v3", "v4", "v5"] } },
  }),
  fact(CATALOG, "a page of tags names the next one", `GET ${APP}/tags/list?n=2`, 200, {
    expect: { body: { tags: ["v1", "v2"] } },
  }),
  fact(CATALOG, "the next page begins after the last tag", `GET ${APP}/tags/list?n=2&last=v2`, 200, {
    expect: { body: { tags: ["v3", "v4"] } },
  }),
  fact(CATALOG, "the last page names none", `GET ${APP}/tags/list?n=2&last=v4`, 200, {
    expect: { body: { tags: ["v5"] } },
  }),
  fact(CATALOG, "a page of no tags", `GET ${APP}/tags/list?n=0`, 200),
  fact(CATALOG, "an unknown last tag is 404", `GET ${APP}/tags/list?n=2&last=none`, 404),
  fact(CATALOG, "a number that is none is refused", `GET ${APP}/tags/list?n=x`, 400),
  fact(CATALOG, "an unknown repository has no tags", "GET /v2/{ns}/none/tags/list", 404, {
    expect: errorOf("NAME_UNKNOWN"),
  }),
  fact(CATALOG, "repositories are listed, of those that one may read", "GET /v2/_catalog", 200, {
    expect: { body: { repositories: ["{ns}/app", "{ns}/base"] } },
  }),
  fact(CATALOG, "a page of repositories names the next one", "GET /v2/_catalog?n=1", 200, {
    expect: { body: { repositories: ["{ns}/app"] } },
  }),
  fact(CATALOG, "the next page begins after the last repository", "GET /v2/_catalog?n=1&last={ns}/app", 200, {
    expect: { body: { repositories: ["{ns}/base"] } },
  }),
  fact(CATALOG, "a page after the last one is empty", "GET /v2/_catalog?n=1&last={ns}/base", 200),
  fact(CATALOG, "an unknown last repository lists nothing", "GET /v2/_catalog?n=1&last=none", 200),
  fact(CATALOG, "a browser is told what it may ask of the catalog", "OPTIONS /v2/_catalog", 204),
];

const REFERRERS: readonly Fact[] = [
  fact(PULL, "what refers to a manifest is listed", `GET ${APP}/referrers/{manifest}`, 200, {
    expect: { body: { manifests: [{ digest: "{signed}", artifactType: SIGNATURE }] } },
  }),
  fact(PULL, "of one type alone", `GET ${APP}/referrers/{manifest}?artifactType=other`, 200, {
    expect: { body: { manifests: [] } },
  }),
  fact(PULL, "a manifest that nothing refers to", `GET ${APP}/referrers/{second}`, 200, {
    expect: { body: { manifests: [] } },
  }),
  fact(PULL, "a digest that is none has no referrers", `GET ${APP}/referrers/nothing`, 400, {
    compare: "code",
  }),
  fact(PULL, "an unknown repository has no referrers", "GET /v2/{ns}/none/referrers/{manifest}", 200, {
    expect: { body: { manifests: [] } },
  }),
];

const OPTIONS: readonly Fact[] = (
  [
    ["a manifest", `${APP}/manifests/v1`, 204],
    ["referrers", `${APP}/referrers/{manifest}`, 204],
    ["tags", `${APP}/tags/list`, 204],
    ["the end of a session", "/zot/auth/logout", 200],
    ["keys", "/zot/auth/apikey", 204],
    ["what is not served", "/v2/_zot/ext/mgmt", 404],
  ] as const
).map(([what, path, status]) =>
  fact(MATRIX, `a browser is told what it may ask of ${what}`, `OPTIONS ${path}`, status, {
    compare: "status",
  }),
);

const METRICS: readonly Fact[] = [
  fact(
    "access.metrics",
    "metrics are refused without a login where the settings name users",
    "GET /metrics",
    401,
    {
      expect: errorOf("UNAUTHORIZED"),
    },
  ),
  fact("access.metrics", "they are refused to a user who is not named", "GET /metrics", 403, {
    as: MAX,
    expect: errorOf("DENIED"),
  }),
  fact("access.metrics", "they are told to a user who is named", "GET /metrics", 200, {
    as: ADA,
    compare: "status",
  }),
];

const LOGIN: readonly Fact[] = [
  fact(LOGINS, "a login of an unknown provider is refused", "GET /zot/auth/login?provider=none", 400),
  fact(
    LOGINS,
    "the end of a login that never began is refused",
    "GET /zot/auth/callback/oidc?code=1&state=1",
    401,
    { as: OTHER, compare: "status" },
  ),
  fact(LOGINS, "a login leads to the issuer", "GET /zot/auth/login?provider=oidc&callback_ui=/v2/", 302, {
    as: PERSON,
    keep: { state: "location.state" },
  }),
  fact(
    LOGINS,
    "the issuer leads back",
    "GET {issuer}/authorize?client_id=zot&redirect_uri=https://registry.example.org/zot/auth/callback/oidc&response_type=code&scope=openid&state={state}",
    302,
    {
      keep: { code: "location.code" },
      compare: "code",
    },
  ),
  fact(
    LOGINS,
    "another state than that of the browser is refused",
    "GET /zot/auth/callback/oidc?code={code}&state=another",
    401,
    {
      as: PERSON,
      compare: "status",
    },
  ),
  fact(LOGINS, "a login begins once more", "GET /zot/auth/login?provider=oidc&callback_ui=/v2/", 302, {
    as: PERSON,
    keep: { state: "location.state" },
  }),
  fact(
    LOGINS,
    "the registry takes the code, and leads to where the login began",
    "GET /zot/auth/callback/oidc?code={code}&state={state}",
    302,
    {
      as: PERSON,
    },
  ),
  fact(
    LOGINS,
    "an issuer that refuses somebody is told with its own words",
    "GET /zot/auth/login?provider=oidc",
    302,
    {
      as: OTHER,
      keep: { state: "location.state" },
    },
  ),
  fact(
    LOGINS,
    "a login that the issuer refused ends with an error",
    "GET /zot/auth/callback/oidc?error=access_denied&state={state}",
    500,
    {
      as: OTHER,
      compare: "status",
    },
  ),
  fact(LOGINS, "a code that is none is refused", "GET /zot/auth/callback/oidc?code=none&state={state}", 401, {
    as: OTHER,
    compare: "status",
  }),
];

const MINT = { label: "conform", scopes: [], expirationDate: "2099-01-01T00:00:00Z" };

const API_KEYS: readonly Fact[] = [
  fact(KEYS, "a session without the header of zot's own pages is nobody's", "GET /zot/auth/apikey", 500, {
    as: PERSON,
    compare: "status",
  }),
  fact(KEYS, "with it, keys are listed", "GET /zot/auth/apikey", 200, {
    as: PERSON,
    headers: FROM_UI,
    expect: { body: { apiKeys: [] } },
  }),
  fact(KEYS, "a key is minted", "POST /zot/auth/apikey", 201, {
    as: PERSON,
    headers: FROM_UI,
    body: MINT,
    keep: { key: "apiKey", uuid: "uuid" },
    expect: {
      keys: "createdAt expirationDate isExpired creatorUa generatedBy lastUsed label scopes uuid apiKey",
    },
  }),
  fact(KEYS, "a key that ended already is refused", "POST /zot/auth/apikey", 400, {
    as: PERSON,
    headers: FROM_UI,
    body: { ...MINT, expirationDate: "2001-01-01T00:00:00Z" },
  }),
  fact(KEYS, "a date that is none is refused", "POST /zot/auth/apikey", 400, {
    as: PERSON,
    headers: FROM_UI,
    body: { ...MINT, expirationDate: "soon" },
  }),
  fact(KEYS, "a body that is none is refused", "POST /zot/auth/apikey", 400, {
    as: PERSON,
    headers: FROM_UI,
    body: "{",
  }),
  fact(KEYS, "a key is listed without its secret", "GET /zot/auth/apikey", 200, {
    as: PERSON,
    headers: FROM_UI,
    expect: { body: { apiKeys: [{ label: "conform", uuid: "{uuid}" }] } },
  }),
  fact(KEYS, "a key opens the registry", "GET /v2/", 200, {
    as: { kind: "basic", user: "zot-ci", password: "{key}" },
  }),
  fact(KEYS, "a key of another user's does not", "GET /v2/", 401, {
    as: { kind: "basic", user: "ada", password: "{key}" },
  }),
  fact(KEYS, "a key shows that it was used", "GET /zot/auth/apikey", 200, { as: PERSON, headers: FROM_UI }),
  fact(KEYS, "keys are not listed without a login", "GET /zot/auth/apikey", 500, { compare: "status" }),
  fact(KEYS, "no key is minted without a login", "POST /zot/auth/apikey", 500, {
    body: MINT,
    compare: "status",
  }),
  fact(KEYS, "a key is revoked by its id alone", "DELETE /zot/auth/apikey", 400, {
    as: PERSON,
    headers: FROM_UI,
  }),
  fact(KEYS, "a key is revoked", "DELETE /zot/auth/apikey?id={uuid}", 200, { as: PERSON, headers: FROM_UI }),
  fact(KEYS, "a key that is revoked opens nothing", "GET /v2/", 401, {
    as: { kind: "basic", user: "zot-ci", password: "{key}" },
  }),
  fact(KEYS, "a key that is revoked is revoked again", "DELETE /zot/auth/apikey?id={uuid}", 200, {
    as: PERSON,
    headers: FROM_UI,
  }),
  fact(LOGINS, "a session ends", "POST /zot/auth/logout", 200, {
    as: PERSON,
    headers: FROM_UI,
    compare: "status",
  }),
  fact(LOGINS, "a session that ended is nobody's", "GET /zot/auth/apikey", 500, {
    as: PERSON,
    headers: FROM_UI,
    compare: "status",
  }),
];

const DELETES: readonly Fact[] = [
  fact(PUSH, "a tag is deleted", `DELETE ${APP}/manifests/v3`, 202, { as: ADA }),
  fact(PUSH, "a tag that is gone is 404", `DELETE ${APP}/manifests/v3`, 404, {
    as: ADA,
    expect: errorOf("MANIFEST_UNKNOWN"),
  }),
  fact(PUSH, "nobody deletes without a login", `DELETE ${APP}/manifests/v1`, 401, {
    expect: errorOf("UNAUTHORIZED"),
  }),
  fact(PUSH, "somebody without the right deletes nothing", `DELETE ${APP}/manifests/v1`, 403, {
    as: MAX,
    expect: errorOf("DENIED"),
  }),
  fact(PUSH, "a blob that a manifest holds is not deleted", `DELETE ${APP}/blobs/{layer}`, 405, {
    as: ADA,
    compare: "code",
  }),
  fact(
    PUSH,
    "a manifest is deleted by its digest, with all its tags",
    `DELETE ${APP}/manifests/{second}`,
    202,
    { as: ADA },
  ),
  fact(PUSH, "then its tags are gone", `GET ${APP}/tags/list`, 200, { expect: { body: { tags: ["v1"] } } }),
  fact(PUSH, "a blob that nothing holds is deleted", `DELETE ${APP}/blobs/{mounted}`, 202, { as: ADA }),
  fact(PUSH, "a blob that is gone is 404", `DELETE ${APP}/blobs/{mounted}`, 404, { as: ADA }),
  fact(PUSH, "a manifest of an unknown repository is not deleted", "DELETE /v2/{ns}/none/manifests/v1", 400, {
    as: ADA,
    compare: "code",
  }),
];

export const ZOT_FACTS: readonly Fact[] = [
  ...BEGIN,
  ...UPLOADS,
  ...BLOBS,
  ...MANIFESTS,
  ...TAGS,
  ...REFERRERS,
  ...OPTIONS,
  ...METRICS,
  ...LOGIN,
  ...API_KEYS,
  ...DELETES,
];
