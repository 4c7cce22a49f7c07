import type { KnownDifference } from "../fact";

/** Differences that were seen on a real Authentik and stay. */
export const KNOWN_OF_AUTHENTIK: readonly KnownDifference[] = [
  {
    fact: "*",
    at: "body.autocomplete.*",
    reason: "lists of users and groups describe what one can search by; nothing reads it",
  },
  {
    fact: "*",
    at: "body.stage_obj.verbose_name",
    reason:
      "the real one calls its base class after the last step of a login as soon as it served one; nothing reads it",
  },
  {
    fact: "*",
    at: "body.redirect_uris.0.redirect_uri_type",
    flavours: ["2026.2"],
    reason:
      "candidates of 2026.5 had types of redirect URIs before they had grant types; 2026.2 has neither by its published schema",
  },
  {
    fact: "*",
    at: "body.results.0.redirect_uris.0.redirect_uri_type",
    flavours: ["2026.2"],
    reason: "the same in lists of providers",
  },
  {
    fact: "its flow ends as if it were logged in",
    at: "headers.allow",
    reason:
      "a flow whose last stage is skipped is ended before the part that names the methods; nothing reads it",
  },
  {
    fact: "whoever is no superuser makes tokens*",
    at: "body.user_obj.roles*",
    reason:
      "a role of its own lets a user see the key of a token that they made; the stand-in keeps that with the token",
  },
];

export const NEVER_OF_AUTHENTIK: readonly string[] = ["second factors that are no codes by time"];

export const KNOWN_OF_FORGEJO: readonly KnownDifference[] = [];

export const NEVER_OF_FORGEJO: readonly string[] = [
  "what a token of fewer scopes may do",
  "what a job's own token may do",
  "what the list of jobs holds where there are any: it takes a runner",
];

export const KNOWN_OF_CONNECT: readonly KnownDifference[] = [];

export const NEVER_OF_CONNECT: readonly string[] = [
  "what a token that may only read a vault is answered to a write",
  "what two writes to a vault at the same time are answered",
  "how long it takes until a write can be read",
  "what a service account and `op` answer: they speak to 1Password's own servers, whose protocol is not published",
];

const OP =
  "the stand-in of op asks for it: the way from op to 1Password is not published, and tests of op's own answers hold it";

/** By method and path. */
export const UNASKED_OF_CONNECT: Readonly<Record<string, string>> = Object.fromEntries(
  [
    "GET /service-account/v1/vaults",
    "GET /service-account/v1/vaults/:vault",
    "GET /service-account/v1/vaults/:vault/items",
    "POST /service-account/v1/vaults/:vault/items",
    "GET /service-account/v1/vaults/:vault/items/:item",
    "PUT /service-account/v1/vaults/:vault/items/:item",
    "DELETE /service-account/v1/vaults/:vault/items/:item",
  ].map((route) => [route, OP]),
);

export const KNOWN_OF_ZOT: readonly KnownDifference[] = [];

export const NEVER_OF_ZOT: readonly string[] = [
  "several ranges of a blob, search, images that zot fetches itself, and logins at GitHub or by LDAP: the stand-in has none of them",
];

/** By method and pattern. */
export const UNASKED_OF_ZOT: Readonly<Record<string, string>> = {};
