import { readdirSync, readlinkSync } from "node:fs";
import { join } from "node:path";
import { Client } from "ssh2";
import { applyCommand, applyInput } from "../../../host/payload";
import type { DesiredHost, HostLayout, SshTarget } from "../../../host/types";
import { killAll, sessionsOf } from "../../../rehearsal/host/processes";
import { until } from "../../../rehearsal/host/until";
import { reached, type Steps } from "./steps";

/** All steps take an hour; by default those alone that move a switch. */
export const ALL = process.env["HOST_CUTS"] === "all";

export interface CutHost {
  ssh: SshTarget;
  layout: HostLayout;
  home: string;
  step: Steps;
}

/** What a run is cut by. */
export type Fault = "the connection is cut" | "the script is killed" | "everything of the session is killed";
export const FAULTS: Fault[] = [
  "the connection is cut",
  "the script is killed",
  "everything of the session is killed",
];

/** One apply over a connection of its own, which can be cut. */
function begin({ ssh, layout }: CutHost, desired: DesiredHost, generation: string) {
  const client = new Client();
  const { host, port, user, privateKey = "" } = ssh;
  const over = new Promise<void>((resolve) => {
    client.on("error", () => resolve());
    client.on("close", () => resolve());
    client.on("ready", () => {
      client.exec(applyCommand(generation, desired.expectedVersion), (error, channel) => {
        if (error) throw error;
        channel.on("data", () => undefined).on("close", () => client.end());
        channel.stderr.on("data", () => undefined);
        channel.end(applyInput(layout, desired));
      });
    });
  });
  client.connect({ host, port, username: user, privateKey });
  return { cut: () => client.destroy(), over };
}

/** Pid of the process that does the work, as the lock names it; undefined while it has no lock. */
function lockHolder({ configFolder }: HostLayout): number | undefined {
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

/** All steps that such an apply takes. */
export async function stepsOf(host: CutHost, desired: DesiredHost, generation: string): Promise<string[]> {
  host.step.holdAt(0);
  await begin(host, desired, generation).over;
  host.step.letGo();
  return host.step.taken();
}

/**
 * Cuts one apply at a step, and waits until nothing of it runs any more.
 *
 * @returns false when it took no such step, and is over.
 */
export async function cutAt(
  host: CutHost,
  fault: Fault,
  at: number | string,
  desired: DesiredHost,
  generation: string,
): Promise<boolean> {
  const { step, home, layout } = host;
  step.holdAt(at);
  const run = begin(host, desired, generation);
  const there = await reached(step, run.over);
  if (fault === "the connection is cut") run.cut();
  const pid = lockHolder(layout);
  if (there && fault === "the script is killed" && pid !== undefined) killAll([pid]);
  if (there && fault === "everything of the session is killed") killAll(sessionsOf(home));
  step.letGo();
  if (fault !== "the script is killed") run.cut();
  await until("the host's sessions end", () => sessionsOf(home).length === 0, 90);
  run.cut();
  return there;
}
