import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { takeLock } from "./lock.cjs";
import { type Progress } from "./progress";
import { interruptible } from "./run";

/** A folder that set-ups fill, one at a time. */
export interface Filled {
  /** What is put there, at the beginning of every line that is said. */
  what: string;
  /** The folder; the lock and the staging folder are in it, under hidden names that begin with `.<key>.`. */
  folder: string;
  key: string;
}

/**
 * Runs `fill` with a staging folder on the target's file system, unless `isFilled` says, once the lock is ours, that somebody
 * else has done it. The staging folder is removed afterwards, and after a signal.
 */
export async function fillOnce(
  { what, folder, key }: Filled,
  isFilled: () => boolean,
  fill: (staging: string) => Promise<void>,
  progress: Progress,
): Promise<void> {
  const lock = join(folder, `.${key}.lock`);
  const release = await takeLock(lock, (owner) => {
    progress.say(`${what}: waiting for the set-up in process ${owner} (its lock: ${lock})`);
  });
  try {
    if (isFilled()) return;
    const staging = freshStaging(folder, `.${key}.staging-`);
    const remove = () => {
      rmSync(staging, { recursive: true, force: true });
    };
    try {
      await interruptible(() => fill(staging), remove);
    } finally {
      remove();
    }
  } finally {
    release();
  }
}

/** Only the holder of the lock calls this, so every staging folder that is there was left by a killed set-up. */
function freshStaging(folder: string, prefix: string): string {
  readdirSync(folder)
    .filter((name) => name.startsWith(prefix))
    .forEach((name) => {
      rmSync(join(folder, name), { recursive: true, force: true });
    });
  return mkdtempSync(join(folder, prefix));
}
