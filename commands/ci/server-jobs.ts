import { z } from "zod";
import { SystemError } from "../../systems/http/errors";
import { ForgejoApi, type Repository } from "./api";
import { JOB_MINUTES, type Lock, type HolderState } from "./locks";

/**
 * How long the server must have reported a job as ended. A runner asks the server every few seconds whether its job
 * was cancelled, and then kills the processes; the rest allows for differing clocks.
 */
const GRACE_MS = 120_000;
/** A state that is final (models/actions/status.go, IsDone). */
const OVER = ["success", "failure", "cancelled", "skipped"];
const NOT_BEGUN = ["waiting", "blocked"];

const jobSchema = z.object({
  id: z.int(),
  run_number: z.int(),
  workflow_id: z.string(),
  event: z.string(),
  status: z.string(),
  run_started_at: z.coerce.date(),
  updated_at: z.coerce.date(),
});
export type ServerJob = z.output<typeof jobSchema>;
const listSchema = z
  .object({ workflow_runs: z.array(jobSchema) })
  .transform(({ workflow_runs }) => workflow_runs);

/** The server's report about the jobs of this repository's workflow. */
export class ServerJobs {
  private readonly api: ForgejoApi;

  constructor(
    repository: Repository,
    private readonly runNumber: number,
  ) {
    this.api = new ForgejoApi(repository);
  }

  async holderState(lock: Lock, now: Date): Promise<HolderState> {
    // An earlier job would have ended before the lock was taken.
    const earliest = lock.since.getTime() - JOB_MINUTES * 60_000 - GRACE_MS;
    try {
      const isEarlier = ({ run_started_at }: ServerJob) => run_started_at.getTime() < earliest;
      const jobs = await this.api.list("/actions/tasks", listSchema, isEarlier);
      return holderState(jobs, { lock, now, runNumber: this.runNumber });
    } catch (error) {
      // A job's token may lack this right on some servers, and a server may be unreachable.
      if (error instanceof SystemError) return "unknown";
      throw error;
    }
  }
}

/**
 * Of the jobs that a server lists, these may hold a lock: those of this job's own workflow, not of a pull request,
 * that were running when the lock was taken. There must be one: otherwise the server does not know the holder.
 * `pulumi cancel` removes every lock of the stack, so of several jobs that wait for a dead one only the first clears.
 */
export function holderState(
  jobs: readonly ServerJob[],
  { lock, now, runNumber }: { lock: Lock; now: Date; runNumber: number },
): HolderState {
  const self = jobs.find(({ run_number, status }) => run_number === runNumber && !OVER.includes(status));
  if (!self) return "unknown";
  const begun = jobs.filter(
    (job) =>
      job.id !== self.id &&
      job.workflow_id === self.workflow_id &&
      !job.event.startsWith("pull_request") &&
      !NOT_BEGUN.includes(job.status),
  );
  const since = lock.since.getTime();
  const holders = begun.filter(
    (job) =>
      job.run_started_at.getTime() <= since + GRACE_MS &&
      (!OVER.includes(job.status) || job.updated_at.getTime() >= since - GRACE_MS),
  );
  const isOver = ({ status, updated_at }: ServerJob) =>
    OVER.includes(status) && now.getTime() - updated_at.getTime() > GRACE_MS;
  if (begun.some((job) => !OVER.includes(job.status) && job.id < self.id)) return "earlierJobRuns";
  return holders.length > 0 && holders.every(isOver) ? "ended" : "unknown";
}
