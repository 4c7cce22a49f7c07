import { mkdir, mkdtemp } from "node:fs/promises";
import { join, resolve } from "node:path";
import { removeWorld, stopAll } from "../../../rehearsal/mission/world";

export interface OwnRehearsal {
  readonly project: string;
  /** Made before the first test, and removed after the last. */
  readonly folder: string;
  /** What was written so far. */
  readonly output: string;
  readonly write: (text: string) => void;
  readonly cleanUp: (stop: () => Promise<void>) => void;
  /** Does what all tests of the file need; an error tells what was written, too. */
  begin<Result>(work: () => Promise<Result>): Promise<Result>;
}

/** A rehearsal for the tests of one file: what it is given, and its end. */
export function ownRehearsal(): OwnRehearsal {
  const project = resolve(__dirname, "../../..");
  const stops: (() => Promise<void>)[] = [];
  let folder = "";
  let output = "";

  beforeAll(async () => {
    await mkdir(join(project, ".rehearsal"), { recursive: true });
    folder = await mkdtemp(join(project, ".rehearsal", "test-"));
  });
  afterAll(async () => {
    await stopAll(stops.reverse()).finally(() => removeWorld(folder));
  });

  return {
    project,
    get folder() {
      return folder;
    },
    get output() {
      return output;
    },
    write: (text) => {
      output += text;
    },
    cleanUp: (stop) => {
      stops.push(stop);
    },
    begin: (work) =>
      work().catch((error: unknown) => {
        throw new Error(`${String(error)}\n${output}`, { cause: error });
      }),
  };
}
