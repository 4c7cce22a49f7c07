import { mkdir, mkdtemp } from "node:fs/promises";
import { join } from "node:path";
import { claim, endKilled, RUN } from "./killed";
import { removeWorld, stopAll } from "./world";

export interface OwnFolder {
  readonly project: string;
  readonly folder: string;
  /** What is called at the end, the last first. */
  readonly cleanUp: (stop: () => Promise<void>) => void;
}

/**
 * Does its work in a new folder below the project's .rehearsal. At the end, after a failure too, what was started is stopped and the folder
 * removed. What is left of those that were killed is ended first.
 */
export async function inOwnFolder<Result>(
  project: string,
  prefix: string,
  work: (own: OwnFolder) => Promise<Result>,
): Promise<Result> {
  const parent = join(project, ".rehearsal");
  await mkdir(parent, { recursive: true });
  await endKilled(parent, (text) => process.stderr.write(text));
  const folder = await mkdtemp(join(parent, prefix));
  claim(folder);
  process.env[RUN] = folder;
  const stops: (() => Promise<void>)[] = [];
  try {
    return await work({ project, folder, cleanUp: (stop) => void stops.push(stop) });
  } finally {
    await stopAll(stops.reverse()).finally(() => removeWorld(folder));
  }
}
