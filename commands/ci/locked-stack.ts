import { readFileSync } from "node:fs";
import { hostname } from "node:os";
import { clearPendingArguments, command, type Job, QUIET } from "./job";
import { judgeLock, type Lock, locksIn, type LockDecision, WAIT_MINUTES } from "./locks";
import { messageOf } from "../../systems/text";

const POLL_MS = 15_000;

/** What to do after a lock prevented a run: try again, or ask a person. */
export type Next = "again" | { readonly problem: string };

/**
 * One job's turn on the stack. Pulumi refuses a second run at once; a job waits for the earlier ones, for a limited
 * time, and finishes what a killed job left.
 */
export class LockedStack {
  private readonly deadline: number;
  private cleared = false;
  private said: string | undefined;

  constructor(private readonly job: Job) {
    this.deadline = job.now().getTime() + WAIT_MINUTES * 60_000;
  }

  /** @param refusal the output of the run that was prevented */
  async next(refusal: string): Promise<Next> {
    const { job } = this;
    let verdicts: LockDecision[];
    try {
      const evidence = { owner: job.lockOwner, now: job.now(), isAlive, holderState: job.holderState };
      verdicts = await Promise.all(locksIn(refusal).map((lock) => judgeLock(lock, evidence)));
    } catch (error) {
      return { problem: `${messageOf(error)}. ${this.byHand}` };
    }
    const reasons = verdicts.flatMap((verdict) => (verdict.act === "clear" ? [] : [verdict.why]));
    if (reasons.length === 0) return this.clear();
    const why = reasons.join("; ");
    if (verdicts.some(({ act }) => act === "keep")) return { problem: `${why}. ${this.byHand}` };
    if (job.now().getTime() >= this.deadline)
      return {
        problem: `${why}. Waited ${WAIT_MINUTES} minutes for it: run this job again later. ${this.byHand}`,
      };
    if (this.said !== why) job.say(`waiting for the stack's lock, ${why}\n`);
    this.said = why;
    await job.wait(POLL_MS);
    return "again";
  }

  /** Clears the lock of a dead job, and drops its pending creations (docs/state.md). */
  private async clear(): Promise<Next> {
    if (this.cleared) return { problem: `The lock came back after it was cleared. ${this.byHand}` };
    this.cleared = true;
    this.job.say("clearing the lock of an ended job\n");
    for (const step of this.steps) {
      const { ok } = await command(this.job, "pulumi", [...step, ...QUIET]);
      if (!ok) return { problem: `\`pulumi ${step[0]}\` failed. ${this.byHand}` };
    }
    return "again";
  }

  private get steps(): string[][] {
    return [["cancel", "--yes", "--stack", this.job.stack], clearPendingArguments(this.job)];
  }

  private get byHand(): string {
    const commands = this.steps.map((step) => `\`pulumi ${step.join(" ")}\``).join(" and ");
    return `Make sure that nobody works on ${this.job.stack}, then run ${commands}; see docs/state.md.`;
  }
}

/** Whether a lock's process is a Pulumi on this host: without containers, it may have outlived its job. */
function isAlive({ owner, pid }: Lock): boolean {
  if (owner.slice(owner.indexOf("@") + 1) !== hostname()) return false;
  try {
    return readFileSync(`/proc/${pid}/comm`, "utf8").trim() === "pulumi";
  } catch {
    // No such process, or a system without /proc: then the server's report and the lock's age decide.
    return false;
  }
}
