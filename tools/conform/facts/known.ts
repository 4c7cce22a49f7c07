import type { KnownDifference } from "../fact";

/** Differences that were seen on a real Authentik and stay. */
export const KNOWN_OF_AUTHENTIK: readonly KnownDifference[] = [];

export const NEVER_OF_AUTHENTIK: readonly string[] = [
  "what a token of fewer rights than an admin's may do",
  "second factors at a login",
];

export const KNOWN_OF_FORGEJO: readonly KnownDifference[] = [];

export const NEVER_OF_FORGEJO: readonly string[] = [
  "what a token of fewer scopes may do",
  "what a job's own token may do",
];
