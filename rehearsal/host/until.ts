import { setTimeout as rest } from "node:timers/promises";

/** Long enough for a machine that is busy with other things: it ends a hang, and judges no speed. */
const HANG_SECONDS = 300;

/** Waits until the condition holds; asks every 30 ms. Throws, naming it, where it never does. */
export async function until(what: string, condition: () => boolean | Promise<boolean>): Promise<void> {
  const end = Date.now() + HANG_SECONDS * 1000;
  while (!(await condition())) {
    if (Date.now() > end) throw new Error(`${what}: not within ${HANG_SECONDS} s`);
    await rest(30);
  }
}
