import { join, resolve } from "node:path";
import { logsToStderr, refuseRevealing, withCutLog } from "../../systems/pulumi/revealing";
import { withoutValues } from "./engine-log";
import { ensure } from "./ensure";
import { consoleProgress, SetupError } from "./progress";
import { handOver } from "./run";
import type { Task } from "./system-packages";
import { close, clusterTest, everyTest, test } from "./test";

const root = resolve(__dirname, "../..");

/**
 * Second half of bootstrap.cjs, from where TypeScript can be loaded. Resolves to the exit code; rejects where the
 * set-up failed, and bootstrap.cjs reports it.
 */
export function main(task: string | undefined, args: string[]): Promise<number> {
  if (task === "start") return handOverTo("rehearsal/main.ts", args);
  if (task === "versions") return handOverTo("tools/versions/main.ts", args);
  if (task === "bench") return handOverTo("tools/bench/main.ts", args);
  if (task === "test") return test(root, args, consoleProgress).then(close);
  if (task === "test:cluster") return clusterTest(root, args, consoleProgress).then(close);
  if (task === "test:all") return everyTest(root, consoleProgress).then(close);
  if (task === "preview" || task === "up") return deploy(task, args);
  if (task === "ci") return runCi(args);
  return Promise.reject(
    new SetupError(
      `there is no task ${task ?? "without a name"}`,
      "npm start, npm test, or npm run with test:cluster, test:all, preview, up, bench or versions",
    ),
  );
}

async function handOverTo(program: string, args: string[], needs: Task = "start"): Promise<number> {
  const env = await ensure(needs, root, consoleProgress);
  return handOver(
    process.execPath,
    ["--require", join(root, "tools/start/transpile.cjs"), join(root, program), ...args],
    env,
  );
}

async function runCi(args: string[]): Promise<number> {
  refuseRevealing([], process.env);
  return handOverTo("commands/ci/main.ts", args, "deploy");
}

/**
 * `pulumi preview` or `pulumi up` with the policies of policy/; the arguments go on to Pulumi, but for those that the program
 * refuses too: with `--refresh`, the engine talks to the plugins before there is a program.
 */
async function deploy(command: "preview" | "up", args: string[]): Promise<number> {
  const cut = logsToStderr(args);
  refuseRevealing([command, ...args], cut ? withCutLog(process.env) : process.env);
  const env = await ensure("deploy", root, consoleProgress);
  const all = [command, "--policy-pack", "policy", ...args];
  return cut ? handOver("pulumi", all, withCutLog(env), withoutValues) : handOver("pulumi", all, env);
}
