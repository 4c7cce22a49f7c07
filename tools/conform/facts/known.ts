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

export const KNOWN_OF_CONNECT: readonly KnownDifference[] = [];

export const NEVER_OF_CONNECT: readonly string[] = [
  "what a token that may only read a vault is answered to a write",
  "what two writes to a vault at the same time are answered",
  "how long it takes until a write can be read",
  "what a service account and `op` answer: they speak to 1Password's own servers, whose protocol is not published",
];
