import type { Limits } from "./types";

/**
 * zot 2.1.20 answers about a second after its start on a Mac mini, much later while it parses a large storage; launchd
 * waits ten seconds before it starts a job again that died.
 */
export const DEFAULT_LIMITS: Limits = {
  lockSeconds: 120,
  issuerSeconds: 30,
  startSeconds: 60,
  reloadSeconds: 5,
  bootSeconds: 10,
  pollSeconds: 10,
  drainSeconds: 60,
};
