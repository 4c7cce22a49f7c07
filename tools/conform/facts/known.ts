import type { KnownDifference } from "../fact";

/** Differences that were seen on a real Authentik and stay. */
export const KNOWN_OF_AUTHENTIK: readonly KnownDifference[] = [];

export const NEVER_OF_AUTHENTIK: readonly string[] = [];

export const KNOWN_OF_FORGEJO: readonly KnownDifference[] = [];

export const NEVER_OF_FORGEJO: readonly string[] = [];
