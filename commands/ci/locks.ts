/** The `timeout-minutes` of each job in .forgejo/workflows/stack.yaml. */
export const JOB_MINUTES = 30;
/** For a job that is being ended, and for clocks that differ. */
const MARGIN_MINUTES = 15;
/** How long a job waits for a lock: what is left of its own time is for the set-up and for its work. */
export const WAIT_MINUTES = 15;

/** Who holds a stack's lock, as the CLI tells in its refusal. */
export interface Lock {
  /** `user@host` */
  readonly owner: string;
  readonly pid: number;
  readonly since: Date;
}

// pkg/backend/diy/lock.go, the same for every backend that is no service of Pulumi's.
const REFUSAL = /the stack is currently locked by (\d+) lock\(s\)/;
const LOCK = /^ +\S.*: created by (.+) \(pid (\d+)\) at (\d{4}-\d\d-\d\dT\S+)$/gm;

/** Whether a lock kept a run of Pulumi from beginning; such a run has changed nothing. */
export function isRefusal(output: string): boolean {
  return REFUSAL.test(output);
}

/**
 * The locks that kept a run of Pulumi from beginning; none where it was no lock that did.
 *
 * @throws Error where there is a lock, and who holds it cannot be read
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

/** What is known of the jobs that may hold a lock. */
export interface Evidence {
  /** The jobs' own `user@host`; undefined where nobody set it. */
  readonly owner: string | undefined;
  readonly now: Date;
  readonly holderState: (lock: Lock, now: Date) => Promise<HolderState>;
  /** Whether its process lives on this host. */
  readonly isAlive: (lock: Lock) => boolean;
}

/**
 * What to do about a lock. `clear`: it is provably of a job that is over, namely of the jobs' own user and host, where no person
 * works, while the server says that each job that may hold it is over, or while it is older than a job can become. `wait`: whoever
 * holds it may be at work, and release it. `keep`: it is too old for that, and nobody knows whose it is.
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
