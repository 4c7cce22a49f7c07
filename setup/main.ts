import { dirname, join } from "node:path";
import { ensure } from "./ensure";
import { consoleProgress, SetupError } from "./progress";
import { handOver } from "./run";
import { summaryLine } from "./tally";
import { test } from "./test";

const root = dirname(__dirname);

/** Second half of bootstrap.cjs, from where TypeScript can be loaded. Resolves to the exit code. */
export async function main(task: string | undefined, args: string[]): Promise<number> {
  try {
    if (task === "start") return await start(args);
    if (task === "test") return await test(root, args, consoleProgress);
    throw new SetupError(`there is no task ${task ?? "without a name"}`, "npm start, or npm test");
  } catch (error) {
    if (!(error instanceof SetupError)) throw error;
    console.error(`setup failed: ${error.message}`);
    if (task === "test") console.log(summaryLine({ passed: 0, failed: 1, skipped: 0 }));
    return 1;
  }
}

async function start(args: string[]): Promise<number> {
  const env = await ensure("start", root, consoleProgress);
  return handOver(process.execPath, ["--import", "tsx", join(root, "rehearsal/main.ts"), ...args], env);
}
