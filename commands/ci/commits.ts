import { z } from "zod";
import type { Job } from "./job";

/** Which commits a night is about; undefined where that is not known. */
export interface Commits {
  /** Of this checkout. */
  readonly here: string | undefined;
  /** Of the last deploy that succeeded, as Pulumi noted it. */
  readonly deployed: string | undefined;
}

const historySchema = z.array(
  z.object({
    kind: z.string(),
    result: z.string(),
    environment: z.record(z.string(), z.string()).default({}),
  }),
);
/** Refreshes and failures come between deploys. */
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
