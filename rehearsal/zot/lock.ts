import { createHash } from "node:crypto";
import { once } from "node:events";
import { rmSync, statSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { accepts } from "../host/accepts";
import { ConfigRefused } from "./config/refused";

/** zot's databases in the storage folder are locked by one process; another waits so long (bbolt's Timeout). */
const WAIT_MS = 10_000;
const EVERY_MS = 50;

/**
 * Waits until no other stand-in uses the folder. The lock is a local socket: it is gone with its process, however that
 * ended, and leaves nothing to clean up.
 *
 * @throws ConfigRefused after ten seconds
 */
export async function lockFolder(folder: string): Promise<void> {
  // By what it is: in containers beside each other, different folders have one path.
  const { dev, ino } = statSync(folder, { bigint: true });
  const name = createHash("sha256").update(`${dev} ${ino}`).digest("hex").slice(0, 32);
  const path = process.platform === "linux" ? `\0zot-standin-${name}` : join(tmpdir(), `zot-${name}`);
  const giveUp = Date.now() + WAIT_MS;
  while (!(await claim(path))) {
    if (Date.now() > giveUp)
      throw new ConfigRefused(
        `operation timeout: database file is already in use by another process, path '${folder}/cache.db'`,
      );
    await sleep(EVERY_MS);
  }
}

async function claim(path: string): Promise<boolean> {
  const server = createServer((socket) => socket.destroy());
  try {
    server.listen(path);
    await once(server, "listening");
    server.unref();
    return true;
  } catch {
    if (!path.startsWith("\0") && !(await accepts({ path }))) rmSync(path, { force: true });
    return false;
  }
}
