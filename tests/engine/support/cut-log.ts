import { spawn } from "node:child_process";
import { once } from "node:events";
import type { Mission } from "../../../rehearsal/mission/mission";
import { withoutValues } from "../../../tools/setup/engine-log";
import { withCutLog } from "../../../systems/pulumi/revealing";

export interface Logged {
  readonly status: number | null;
  /** Standard output, and the engine's log as the engine wrote it. */
  readonly whole: string;
  /** The same as `npm run up` shows it. */
  readonly shown: string;
}

/** `npm run up -- --logtostderr -v=9` in a mission's world, without its set-up. */
export async function upWithLog({ pulumi }: Mission, flags: readonly string[]): Promise<Logged> {
  const { configFile, environment, project, stack } = pulumi;
  const at = ["--stack", stack, "--config-file", configFile, "--non-interactive", "--color", "never"];
  const child = spawn("pulumi", ["up", "--yes", "--skip-preview", "--logtostderr", "-v=9", ...at, ...flags], {
    cwd: project,
    env: withCutLog(environment),
    stdio: ["ignore", "pipe", "pipe"],
  });
  const streams = { stdout: "", stderr: "" };
  for (const name of ["stdout", "stderr"] as const)
    child[name].setEncoding("utf8").on("data", (text: string) => (streams[name] += text));
  const [status] = (await once(child, "close")) as [number | null];
  const log = streams.stderr.split("\n").map(withoutValues).join("\n");
  return { status, whole: streams.stdout + streams.stderr, shown: streams.stdout + log };
}
