import { randomInt } from "node:crypto";
import { once } from "node:events";
import { createServer } from "node:net";

/**
 * Below what Linux and macOS take for the near end of a connection: a port that is free there may be anybody's before a server listens
 * on it, where many clients are at work.
 */
const [LOWEST, HIGHEST] = [12_000, 32_000] as const;
const given = new Set<number>();

/** A port of loopback on which nothing listens now, and which this process is given once. */
export async function freePort(): Promise<number> {
  for (;;) {
    const port = randomInt(LOWEST, HIGHEST);
    if (given.has(port) || !(await isFree(port))) continue;
    given.add(port);
    return port;
  }
}

async function isFree(port: number): Promise<boolean> {
  const server = createServer().listen(port, "127.0.0.1");
  try {
    await once(server, "listening");
  } catch {
    return false;
  }
  server.close();
  await once(server, "close");
  return true;
}
