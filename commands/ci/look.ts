import { HOLD_CALENDAR_VARIABLE } from "../../keys/key-calendar";
import { nameOf } from "../../systems/pulumi/plan";
import { OWN } from "../../systems/pulumi/types";
import { type Commits, commitsOf } from "./commits";
import { type Job, type Planned, plan, type Progress, progressOf } from "./job";
import { driftIn, unaskedIn } from "./night";
import { asChange, type Change, changesIn, summarize } from "./plan";

/** The result of comparing a stack with the live systems. */
export type StackCondition =
  | { readonly kind: "clean" }
  /** Work that the calendar asks for, and nothing else. */
  | { readonly kind: "due"; readonly urns: readonly string[] }
  | { readonly kind: "drift"; readonly title: string; readonly advice: string }
  | { readonly kind: "unknown"; readonly title: string; readonly output: string };

export const CALENDAR_HELD = { [HOLD_CALENDAR_VARIABLE]: "1" };

const POLL_MS = 30_000;
/** How long to wait for a deploy that runs at the same time, if Forgejo allows both. */
const PATIENCE_MS = 5 * 60_000;

/**
 * Compares the stack with the live systems. A concurrent deploy causes differences that disappear a moment later:
 * while the state is being written, or what was merged is not deployed, differences are checked again, for a limited
 * time.
 */
export async function lookAtStack(job: Job): Promise<StackCondition> {
  const deadline = job.now().getTime() + PATIENCE_MS;
  for (let said = false; ; said = true) {
    const before = await progressOf(job);
    const looked = await compare(job, before.expired);
    if (!("drift" in looked)) return looked;
    const commits = await commitsOf(job);
    let now = await progressOf(job);
    const isAtWork = () => now.pending || now.written !== before.written;
    if (!isAtWork() && !isAhead(commits)) return drift(job, looked, commits);
    if (!said) job.say("the differences may belong to a running deploy: comparing again\n");
    // A deploy writes the state with its first step.
    do {
      if (job.now().getTime() >= deadline) return drift(job, looked, commits);
      await job.wait(POLL_MS);
      now = await progressOf(job);
    } while (!isAtWork());
  }
}

interface Drift {
  readonly drift: readonly Change[];
  /** Keys that were not renewed in time, with the expiry of each. */
  readonly expired: readonly { readonly name: string; readonly end: string }[];
}
type Compared = Exclude<StackCondition, { kind: "drift" }> | Drift;

async function compare(job: Job, ends: Progress["expired"]): Promise<Compared> {
  const full = await plan(job, ["--refresh"]);
  const unread = unreadable(full);
  if (unread) return unread;
  const changes = changesIn(full.steps);
  if (changes.length === 0) return { kind: "clean" };
  // Beside a due key nothing else could be seen: a renewal's changes hide manual changes in the same place.
  const held = await plan(job, ["--refresh"], CALENDAR_HELD);
  const alsoUnread = unreadable(held);
  if (alsoUnread) return alsoUnread;
  const expired = changes.flatMap(({ urn }) => {
    const end = ends.get(urn);
    return end === undefined ? [] : [{ name: full.hide(nameOf(urn)), end }];
  });
  // An expired key is replaced although the calendar is held: the consumers of the next key have not drifted.
  const drifted = expired.length > 0 ? [] : driftIn(held.steps);
  const found = drifted.length > 0 ? drifted : unaskedIn(full.steps);
  if (found.length === 0) return { kind: "due", urns: changes.map(({ urn }) => urn) };
  return {
    expired,
    drift: found.map(asChange).map((change) => ({ ...change, name: full.hide(change.name) })),
  };
}

function unreadable({ ok, shown, output }: Planned): (StackCondition & { kind: "unknown" }) | undefined {
  if (ok && shown) return undefined;
  return { kind: "unknown", title: ok ? "the preview cannot be shown" : "the preview failed", output };
}

const isAhead = ({ here, deployed }: Commits) =>
  here !== undefined && deployed !== undefined && here !== deployed;

function drift({ stack }: Job, { drift: found, expired }: Drift, commits: Commits): StackCondition {
  const up = `\`npm run up -- --stack ${stack} --refresh\``;
  const changes = found.filter(({ name }) => !expired.some((key) => key.name === name));
  // The proof is repeated after every change.
  const causes = changes.filter(({ type }) => type !== OWN.accessProof);
  const names = (causes.length > 0 ? causes : changes).map(({ name }) => `\`${name}\``).join(", ");
  if (expired.length > 0) {
    const keys = expired.map(({ name, end }) => `\`${name}\` (${end})`).join(", ");
    return {
      kind: "drift",
      title: `expired: ${expired.map(({ name }) => name).join(", ")}`,
      advice:
        `It was not changed by hand: it expired because it was not renewed in time, so that CI cannot push: ${keys}. ${up} mints a new one and ` +
        "writes it to every consumer. Check the earlier runs of this job for what blocked the renewal." +
        (causes.length > 0 ? ` That run also reverts the drift at ${names}: review it first.` : ""),
    };
  }
  if (isAhead(commits)) {
    return {
      kind: "drift",
      title: `not deployed: ${summarize(changes)}`,
      advice:
        `The last deploy that succeeded was of commit ${short(commits.deployed)}, and this is ${short(commits.here)}: what was merged ` +
        `since is not deployed, and that may be the only difference at ${names}. See why the job \`deploy\` of that commit did not succeed, then run it again, or ` +
        `${up}. Any difference afterwards is drift. A due renewal waits for this.`,
    };
  }
  return {
    kind: "drift",
    title: `drift: ${summarize(changes)}`,
    advice:
      `Drift from the last deploy at ${names}: it was changed outside of Pulumi. Change the settings to match, ` +
      `or revert it with ${up}. A due renewal waits for this.`,
  };
}

const short = (commit = "") => commit.slice(0, 10);
