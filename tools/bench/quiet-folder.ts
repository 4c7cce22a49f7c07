import { inOwnFolder, type OwnFolder } from "../../rehearsal/mission/own-folder";

export interface QuietFolder extends OwnFolder {
  readonly write: (text: string) => void;
  /** What was written so far. */
  readonly log: () => string;
}

/** A folder for a measurement. What the rehearsal writes meanwhile is shown only if the measurement fails. */
export async function inQuietFolder(
  project: string,
  prefix: string,
  work: (quiet: QuietFolder) => Promise<void>,
): Promise<void> {
  let log = "";
  const write = (text: string) => {
    log += text;
  };
  await inOwnFolder(project, prefix, async (own) => {
    try {
      await work({ ...own, write, log: () => log });
    } catch (error) {
      process.stderr.write(log);
      throw error;
    }
  });
}
