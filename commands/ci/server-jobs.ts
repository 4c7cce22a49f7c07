import { z } from "zod";
import { SystemError } from "../../systems/http/errors";
import { ForgejoApi, type Repository } from "./api";
import { JOB_MINUTES, type Lock, type HolderState } from "./locks";

/**
 * How long a job has to be over by the server's word. A runner asks the server every few seconds whether its job was cancelled,
 * and kills the processes then; the clocks of the runner and the server may differ by the rest.
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

/** What the server says of the jobs of this repository's workflow. */
export class ServerJobs {
  private readonly api: ForgejoApi;

  constructor(
    repository: Repository,
    private readonly runNumber: number,
  ) {
    this.api = new ForgejoApi(repository);
  }

  async holderState(lock: Lock, now: Date): Promise<HolderState> {
    // An earlier one would have been ended before the lock was taken.
    const earliest = lock.since.getTime() - JOB_MINUTES * 60_000 - GRACE_MS;
    try {
      const isEarlier = ({ run_started_at }: ServerJob) => run_started_at.getTime() < earliest;
      const jobs = await this.api.list("/actions/tasks", listSchema, isEarlier);
      return holderState(jobs, { lock, now, runNumber: this.runNumber });
    } catch (error) {
      // A job's token may not ask this everywhere, and a server that is away tells nothing.
      if (error instanceof SystemError) return "unknown";
      throw error;
    }
  }
}

/**
 * Of the jobs that a server lists, those may hold a lock that are of the asking job's own workflow, no pull request's, and that were
 * at work when it was taken. There has to be one: otherwise the lock is of somebody whom the server does not know. `pulumi cancel`
 * removes every lock of the stack, so that of several jobs that wait for a dead one the first clears, and the others let it.
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
