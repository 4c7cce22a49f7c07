import type { ApplyResult } from "./types";

/** The update failed. `outcome` says what the host has now; the message says what to do. */
export class HostApplyError extends Error {
  constructor(
    readonly outcome: "refused" | "rolled-back" | "broken" | "missing",
    readonly detail: string,
  ) {
    super(
      outcome === "missing"
        ? `host: the script gave no result, so the connection was cut or the shell is not POSIX sh; it goes on by itself on the host. Run \`pulumi up\` again: it waits for that run and repairs what is needed. Last output: ${detail}`
        : `host: ${outcome}: ${detail}`,
    );
    this.name = "HostApplyError";
  }
}

/** Reads the last sentinel line. Some SSH servers always report exit status 0, so only this line counts. */
export function parseOutcome(stdout: string): ApplyResult {
  const matches = [...stdout.matchAll(/^zot-access-result ([a-z-]+) gapMs=(-|\d+) (.*)$/gm)];
  const last = matches.at(-1);
  const [, outcome, gap, detail] = last ?? [];
  if (outcome === undefined || gap === undefined || detail === undefined) {
    throw new HostApplyError("missing", stdout.slice(-300).trim() || "none");
  }
  if (outcome === "unchanged" || outcome === "reloaded" || outcome === "restarted") {
    return gap === "-" ? { outcome, detail } : { outcome, detail, gapMs: Number(gap) };
  }
  if (outcome === "refused" || outcome === "rolled-back" || outcome === "broken") {
    throw new HostApplyError(outcome, detail);
  }
  throw new HostApplyError("missing", last?.[0] ?? "none");
}
