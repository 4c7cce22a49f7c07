import { randomBytes } from "node:crypto";
import type { Flavour } from "./flavours";

/** The states that `GET …/actions/tasks` names. */
export type Status = "waiting" | "running" | "success" | "failure" | "cancelled";

export interface Task {
  readonly id: number;
  readonly runNumber: number;
  /** The job's key in its workflow. */
  readonly name: string;
  readonly event: string;
  readonly ref: string;
  status: Status;
  readonly startedAt: Date;
  updatedAt: Date;
}

/** A job as its runner has it. */
export interface RunningJob {
  readonly task: Task;
  /** Valid while the job runs. */
  readonly token: string;
  /** Aborts when the server takes the job for cancelled: a real runner then kills its processes. */
  readonly cancelled: AbortSignal;
}

export interface JobOptions {
  readonly name: string;
  readonly event: "push" | "schedule" | "pull_request" | "workflow_dispatch";
  readonly ref?: string;
  /** The workflow's `concurrency.group`. */
  readonly group?: string;
}

interface Entry extends RunningJob {
  readonly abort: AbortController;
  readonly group: string | undefined;
  readonly ended: Promise<void>;
}

/**
 * Jobs of one repository, with a runner that takes each at once, as many as there are. What a push, and `concurrency`, do to jobs
 * that run is the flavour's. Where it cannot be as the real one: there is no workflow file, and no approval of forks' jobs.
 */
export class Jobs {
  private readonly entries: Entry[] = [];
  private numbers = 0;

  constructor(
    private readonly flavour: Flavour,
    private readonly now: () => Date,
  ) {}

  /** Newest first, as Forgejo lists them. */
  get tasks(): readonly Task[] {
    return this.entries.map(({ task }) => task).reverse();
  }

  isRunning(token: string): boolean {
    return this.entries.some((entry) => entry.token === token && entry.task.status === "running");
  }

  /** Runs a job to its end, when its turn has come. @returns what the server says that it came to */
  async run(options: JobOptions, work: (job: RunningJob) => Promise<"success" | "failure">): Promise<Status> {
    const { event, ref = "main", group } = options;
    // models/actions/run.go, CancelPreviousJobs: of the same ref, workflow and event.
    if (event === "push" && this.flavour.push === "cancels the running job") this.cancel(event, ref);
    const before = this.flavour.concurrency === "honoured" ? this.ofGroup(group) : [];
    // One runs and one waits, as in GitHub's rules: a newer one takes the place of the one that waits.
    for (const { task } of before) if (task.status === "waiting") this.finish(task, "cancelled");
    const [entry, end] = this.enter({ ...options, ref });
    if (before.length > 0) await Promise.all(before.map(({ ended }) => ended));
    if (entry.task.status === "waiting") {
      entry.task.status = "running";
      entry.task.updatedAt = this.now();
      this.finish(entry.task, await work(entry).finally(end));
    }
    end();
    return entry.task.status;
  }

  private ofGroup(group: string | undefined): Entry[] {
    return this.entries.filter((entry) => group !== undefined && entry.group === group);
  }

  private enter({ name, event, ref, group }: JobOptions & { ref: string }): [Entry, () => void] {
    let end = (): void => undefined;
    const ended = new Promise<void>((resolve) => (end = resolve));
    const abort = new AbortController();
    const [startedAt, number] = [this.now(), ++this.numbers];
    const entry: Entry = {
      task: {
        id: number,
        runNumber: number,
        name,
        event,
        ref,
        status: "waiting",
        startedAt,
        updatedAt: startedAt,
      },
      token: randomBytes(20).toString("hex"),
      cancelled: abort.signal,
      abort,
      group,
      ended,
    };
    this.entries.push(entry);
    return [entry, end];
  }

  /** What somebody does in the web pages, and what a push does where it cancels. */
  cancel(event: string, ref: string): void {
    for (const entry of this.entries) {
      const { task } = entry;
      if (!["running", "waiting"].includes(task.status) || task.event !== event || task.ref !== ref) continue;
      this.finish(task, "cancelled");
      entry.abort.abort();
    }
  }

  /** A state that is final stays (UpdateTaskByState). */
  private finish(task: Task, status: Status): void {
    if (task.status !== "running" && task.status !== "waiting") return;
    task.status = status;
    task.updatedAt = this.now();
  }
}
