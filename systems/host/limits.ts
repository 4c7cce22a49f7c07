import type { Limits } from "./types";

/**
 * systemd gives a unit 90 seconds each to stop and to start, and launchd and Docker less (20, 10), before they kill
 * it. Until then zot may keep serving.
 *
 * zot 2.1.20 answers about a second after its start on a Mac mini, much later while it parses a large storage;
 * launchd waits ten seconds before it restarts a job that died.
 */
export const DEFAULT_LIMITS: Limits = {
  lockSeconds: 120,
  issuerSeconds: 30,
  restartSeconds: 240,
  startSeconds: 60,
  reloadSeconds: 5,
  bootSeconds: 10,
  pollSeconds: 10,
  drainSeconds: 60,
};
