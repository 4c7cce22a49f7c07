import { setTimeout as rest } from "node:timers/promises";

/** Waits until the condition holds; asks every 30 ms. Throws, naming it, after `seconds`. */
export async function until(
  what: string,
  condition: () => boolean | Promise<boolean>,
  seconds = 30,
): Promise<void> {
  const end = Date.now() + seconds * 1000;
  while (!(await condition())) {
    if (Date.now() > end) throw new Error(`${what}: not within ${seconds} s`);
    await rest(30);
  }
}
