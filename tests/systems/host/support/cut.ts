import { existsSync, readdirSync, readFileSync, readlinkSync } from "node:fs";
import { join } from "node:path";
import { Client } from "ssh2";
import { applyCommand, applyInput, restoreCommand } from "../../../../systems/host/payload";
import type { DesiredHost, HostLayout, SshTarget } from "../../../../systems/host/types";
import { killAll, sessionsOf } from "../../../../rehearsal/host/processes";
import { until } from "../../../../rehearsal/host/until";
import { reached, type Steps } from "./steps";

/** All steps take an hour; by default those alone that move a switch. */
export const ALL = process.env["HOST_CUTS"] === "all";

export interface CutHost {
  ssh: SshTarget;
  layout: HostLayout;
  home: string;
  step: Steps;
}

/** What a run is cut by. The script is the process that holds the lock; another one of the session waits for it. */
export type Fault =
  | "the connection is cut"
  | "the script is killed"
  | "everything of the session is killed"
  | "the one that waits is killed"
  | "everything of the session is told to end";
const OFTEN: Fault[] = [
  "the connection is cut",
  "the script is killed",
  "everything of the session is killed",
];
export const FAULTS: Fault[] = ALL
  ? [...OFTEN, "the one that waits is killed", "everything of the session is told to end"]
  : OFTEN;

/** One run of the script on the host. */
export interface Run {
  command: string;
  input: string;
}
export const applyOf = ({ layout }: CutHost, desired: DesiredHost, generation: string): Run => ({
  command: applyCommand(generation, desired.expectedVersion),
  input: applyInput(layout, desired),
});
export const restoreOf = ({ layout }: CutHost, desired: DesiredHost): Run => ({
  command: restoreCommand(),
  input: applyInput(layout, desired),
});

/** A run over a connection of its own, which can be cut. */
function begin({ ssh }: CutHost, { command, input }: Run) {
  const client = new Client();
  const { host, port, user, privateKey = "" } = ssh;
  const over = new Promise<void>((resolve) => {
    client.on("error", () => resolve());
    client.on("close", () => resolve());
    client.on("ready", () => {
      client.exec(command, (error, channel) => {
        if (error) throw error;
        channel.on("data", () => undefined).on("close", () => client.end());
        channel.stderr.on("data", () => undefined);
        channel.end(input);
      });
    });
  });
  client.connect({ host, port, username: user, privateKey });
  return { cut: () => client.destroy(), over };
}

/** Pid of the process that does the work, as the lock names it; undefined while it has no lock. */
export function lockHolder({ configFolder }: HostLayout): number | undefined {
  const locks = join(configFolder, "zot-access/locks");
  let last: number | undefined;
  try {
    [last] = readdirSync(locks)
      .map(Number)
      .sort((a, b) => b - a);
  } catch {
    return undefined; // the first run of all has not come that far
  }
  if (last === undefined) return undefined;
  const holder = readlinkSync(join(locks, String(last)));
  return holder === "free" ? undefined : Number(holder.split(",")[0]);
}

/** Of a process that runs. */
export function parentOf(pid: number): number {
  const [, parent] = /^PPid:\t(\d+)$/m.exec(readFileSync(`/proc/${pid}/status`, "utf8")) ?? [];
  return Number(parent);
}

/** All steps that such a run takes. */
export async function stepsOf(host: CutHost, run: Run): Promise<string[]> {
  host.step.holdAt(0);
  await begin(host, run).over;
  host.step.letGo();
  return host.step.taken();
}

/**
 * Kills the script, whose tool goes on. The one that waits sees that only when the tool is done, as it is within a millisecond where
 * nobody holds it: while it takes back what the script did, nothing of the script is left.
 */
async function killAtStep(step: Steps, pid: number): Promise<void> {
  const [waits, tool] = [parentOf(pid), step.holder()];
  killAll([waits], "SIGSTOP");
  killAll([pid]);
  step.letGo();
  await until("the tool ends", () => !existsSync(`/proc/${tool}`));
  killAll([waits], "SIGCONT");
}

/**
 * Cuts one run at a step, and waits until nothing of it runs any more.
 *
 * @returns false when it took no such step, and is over.
 */
export async function cutAt(host: CutHost, fault: Fault, at: number | string, run: Run): Promise<boolean> {
  const { step, home, layout } = host;
  step.holdAt(at);
  const begun = begin(host, run);
  const there = await reached(step, begun.over);
  if (fault === "the connection is cut") begun.cut();
  const pid = lockHolder(layout);
  if (there && fault === "the script is killed" && pid !== undefined) await killAtStep(step, pid);
  if (there && fault === "everything of the session is killed") killAll(sessionsOf(home));
  if (there && fault === "the one that waits is killed" && pid !== undefined) killAll([parentOf(pid)]);
  if (there && fault === "everything of the session is told to end") killAll(sessionsOf(home), "SIGTERM");
  step.letGo();
  if (/connection|session is killed/.test(fault)) begun.cut();
  await until("the host's sessions end", () => sessionsOf(home).length === 0);
  begun.cut();
  return there;
}
