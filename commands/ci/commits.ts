import { z } from "zod";
import type { Job } from "./job";

/** The commits that a nightly run compares; undefined if unknown. */
export interface Commits {
  /** The commit of this checkout. */
  readonly here: string | undefined;
  /** The commit of the last successful deploy, as Pulumi recorded it. */
  readonly deployed: string | undefined;
}

const historySchema = z.array(
  z.object({
    kind: z.string(),
    result: z.string(),
    environment: z.record(z.string(), z.string()).default({}),
  }),
);
/** Refreshes and failures are between deploys. */
const LOOKED_BACK = 20;

export async function commitsOf({ run, stack }: Job): Promise<Commits> {
  const head = await run("git", ["rev-parse", "HEAD"]);
  const asked = ["stack", "history", "--json", "--page-size", String(LOOKED_BACK), "--page", "1"];
  const history = await run("pulumi", [...asked, "--stack", stack]);
  return {
    here: head.status === 0 ? head.stdout.trim() : undefined,
    deployed: history.status === 0 ? lastDeployed(history.stdout) : undefined,
  };
}

function lastDeployed(text: string): string | undefined {
  try {
    const updates = historySchema.parse(JSON.parse(text));
    return updates.find(({ kind, result }) => kind === "update" && result === "succeeded")?.environment[
      "git.head"
    ];
  } catch {
    return undefined;
  }
}
