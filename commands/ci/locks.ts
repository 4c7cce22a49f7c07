/** The `timeout-minutes` of each job in .forgejo/workflows/stack.yaml. */
export const JOB_MINUTES = 30;
/** For a job that is being ended, and for clocks that differ. */
const MARGIN_MINUTES = 15;

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

/**
 * Why locks may not be cleared: each that is not provably of a job that is over. Provable is it of a lock that names the
 * jobs' own user and host, where no person works, and that is older than a job can become. An empty list: all are stale.
 *
 * @param owner the jobs' own `user@host`; undefined where nobody set it
 */
export function reasonsToKeep(locks: readonly Lock[], owner: string | undefined, now: Date): string[] {
  return locks.flatMap((lock) => {
    const held = `held by ${lock.owner} (pid ${lock.pid}) since ${lock.since.toISOString()}`;
    if (owner === undefined) return [`${held}; STACK_LOCK_OWNER does not say which locks are of jobs`];
    if (lock.owner !== owner) return [`${held}, which is not ${owner}: no job, so that it may be a person's`];
    const minutes = (now.getTime() - lock.since.getTime()) / 60_000;
    if (minutes > JOB_MINUTES + MARGIN_MINUTES) return [];
    return [`${held}, less than ${JOB_MINUTES + MARGIN_MINUTES} minutes ago: the job may still be at work`];
  });
}
