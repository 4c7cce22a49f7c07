import { setTimeout as rest } from "node:timers/promises";

/** Long enough for a machine that is busy with other things: it ends a hang, and judges no speed. */
const HANG_SECONDS = 300;

/** What has not come after this time takes long, and need not be asked so often: a question costs processor time, too. */
const SOON_MS = 2000;

/** Waits until the condition holds; asks every 30 ms, and later every 120 ms. Throws, naming it, where it never does. */
export async function until(what: string, condition: () => boolean | Promise<boolean>): Promise<void> {
  const began = Date.now();
  while (!(await condition())) {
    const waited = Date.now() - began;
    if (waited > HANG_SECONDS * 1000) throw new Error(`${what}: not within ${HANG_SECONDS} s`);
    await rest(waited < SOON_MS ? 30 : 120);
  }
}
