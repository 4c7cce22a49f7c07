/** The `timeout-minutes` of each job in .forgejo/workflows/stack.yaml. */
export const JOB_MINUTES = 30;
/** For a job that is being stopped, and for clocks that differ. */
const MARGIN_MINUTES = 15;
/** How long a job waits for a lock: the rest of its time is for the set-up and its work. */
export const WAIT_MINUTES = 15;

/** The holder of a stack's lock, from the CLI's error. */
export interface Lock {
  /** `user@host` */
  readonly owner: string;
  readonly pid: number;
  readonly since: Date;
}

// The CLI has no other report of a lock: pkg/backend/diy/lock.go of 3.250.0, the same for every self-managed backend.
const REFUSAL = /the stack is currently locked by (\d+) lock\(s\)/;
const LOCK = /^ +\S.*: created by (.+) \(pid (\d+)\) at (\d{4}-\d\d-\d\dT\S+)$/gm;

/** Whether a lock prevented a run of Pulumi; such a run has changed nothing. */
export function isRefusal(output: string): boolean {
  return REFUSAL.test(output);
}

/**
 * The locks that prevented a run of Pulumi; none if it failed for another reason.
 *
 * @throws Error if there is a lock with an unreadable holder
 */
export function locksIn(output: string): Lock[] {
  const count = REFUSAL.exec(output)?.[1];
  if (count === undefined) return [];
  const locks = [...output.matchAll(LOCK)].map(([, owner = "", pid, since = ""]) => ({
    owner,
    pid: Number(pid),
    since: new Date(since),
  }));
  const readable = locks.filter(({ since }) => !Number.isNaN(since.getTime()));
  if (readable.length !== Number(count)) throw new Error("the message does not say who holds the lock");
  return readable;
}

/** What the server knows about the job that holds a lock. */
export type HolderState = "ended" | "earlierJobRuns" | "unknown";

/** What is known about the jobs that may hold a lock. */
export interface Evidence {
  /** The jobs' own `user@host`; undefined if it is not set. */
  readonly owner: string | undefined;
  readonly now: Date;
  readonly holderState: (lock: Lock, now: Date) => Promise<HolderState>;
  /** Whether its process runs on this host. */
  readonly isAlive: (lock: Lock) => boolean;
}

/**
 * What to do about a lock. `clear`: its job is certainly over, because it has the jobs' own user and host, where no
 * person works, and either the server reports that each job that may hold it has ended, or it is older than the
 * longest job. `wait`: its holder may be running, and release it. `keep`: it is too old for that, and its holder is
 * unknown.
 */
export type LockDecision =
  { readonly act: "clear" } | { readonly act: "wait" | "keep"; readonly why: string };

export async function judgeLock(lock: Lock, evidence: Evidence): Promise<LockDecision> {
  const { owner, now } = evidence;
  const held = `held by ${lock.owner} (pid ${lock.pid}) since ${lock.since.toISOString()}`;
  const minutes = (now.getTime() - lock.since.getTime()) / 60_000;
  const isOld = minutes > JOB_MINUTES + MARGIN_MINUTES;
  const act = isOld ? "keep" : "wait";
  if (owner === undefined)
    return { act, why: `${held}; STACK_LOCK_OWNER is not set, so it is unknown which locks belong to jobs` };
  if (lock.owner !== owner)
    return { act, why: `${held}, which is not ${owner}: it may be a person's, and not a job's` };
  if (evidence.isAlive(lock)) return { act, why: `${held}; that process is a Pulumi that runs on this host` };
  const holder = await evidence.holderState(lock, now);
  if (holder === "earlierJobRuns") return { act: "wait", why: `${held}, and an earlier job is running` };
  if (isOld || holder === "ended") return { act: "clear" };
  const within = `less than ${JOB_MINUTES + MARGIN_MINUTES} minutes ago`;
  return { act, why: `${held}, ${within}, and the server does not report that its job has ended` };
}
