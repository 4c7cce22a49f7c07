import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { freePort } from "../../rehearsal/host/free-port";
import type { World } from "../../rehearsal/mission/world";
import { request } from "../../systems/http/request";
import { ZOT } from "../../systems/zot/http";

const POLL_MS = 2;

/**
 * The median time of zot's own start: from the start of its process to its first answer, with the same config,
 * another port and an empty storage. A deploy that restarts zot cannot interrupt its clients for less.
 *
 * @returns milliseconds; undefined for a zot in a container, whose start includes the runtime's
 */
export async function zotStart({ host }: World, folder: string, runs: number): Promise<number | undefined> {
  const { configFolder, zotBinary } = host.layout;
  if (zotBinary === "") return undefined;
  const text = await readFile(join(configFolder, "config.json"), "utf8");
  const starts: number[] = [];
  for (let run = 0; run < runs; run++) starts.push(await oneStart(zotBinary, text, folder));
  starts.sort((left, right) => left - right);
  return starts[Math.floor(runs / 2)];
}

interface Config {
  readonly http: object;
  readonly storage: object;
}

async function oneStart(binary: string, text: string, parent: string): Promise<number> {
  const folder = await mkdtemp(join(parent, "start-"));
  const port = await freePort();
  const served = JSON.parse(text) as Config;
  const config = {
    ...served,
    http: { ...served.http, port: String(port) },
    storage: { ...served.storage, rootDirectory: join(folder, "images") },
  };
  await writeFile(join(folder, "config.json"), JSON.stringify(config), { mode: 0o600 });
  const began = performance.now();
  const zot = spawn(binary, ["serve", join(folder, "config.json")], { stdio: "ignore" });
  const ended = once(zot, "close");
  try {
    while (!(await answers(`http://127.0.0.1:${port}/v2/`))) {
      if (zot.exitCode !== null)
        throw new Error(`${binary} ended at its start with exit code ${zot.exitCode}`);
      await delay(POLL_MS);
    }
    return performance.now() - began;
  } finally {
    zot.kill("SIGTERM");
    await ended;
    await rm(folder, { recursive: true, force: true });
  }
}

async function answers(url: string): Promise<boolean> {
  try {
    return [200, 401].includes((await request({ peer: ZOT, action: "ask zot", url })).status);
  } catch {
    return false;
  }
}
