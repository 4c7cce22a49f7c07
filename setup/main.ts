import { dirname, join } from "node:path";
import { ensure } from "./ensure";
import { consoleProgress, SetupError } from "./progress";
import { handOver } from "./run";
import { close, clusterTest, everyTest, test } from "./test";

const root = dirname(__dirname);

/**
 * Second half of bootstrap.cjs, from where TypeScript can be loaded. Resolves to the exit code; rejects where the
 * set-up failed, and bootstrap.cjs reports it.
 */
export function main(task: string | undefined, args: string[]): Promise<number> {
  if (task === "start") return handOverTo("rehearsal/main.ts", args);
  if (task === "bench") return handOverTo("bench/main.ts", args);
  if (task === "test") return test(root, args, consoleProgress).then(close);
  if (task === "test:cluster") return clusterTest(root, args, consoleProgress).then(close);
  if (task === "test:all") return everyTest(root, consoleProgress).then(close);
  return Promise.reject(
    new SetupError(
      `there is no task ${task ?? "without a name"}`,
      "npm start, npm test, or npm run with test:cluster, test:all or bench",
    ),
  );
}

async function handOverTo(program: string, args: string[]): Promise<number> {
  const env = await ensure("start", root, consoleProgress);
  return handOver(process.execPath, ["--import", "tsx", join(root, program), ...args], env);
}
