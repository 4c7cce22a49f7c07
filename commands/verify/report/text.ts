import type { VerificationResult } from "../verify";
import { formatChecks } from "./checks";
import { formatMatrix } from "./matrix";
import { painter } from "../../shared/paint";

/** The whole result for the terminal; the last line is the summary. */
export function formatVerdict(verdict: VerificationResult, { color }: { color: boolean }): string {
  const { stack, registryUrl, zotVersion, matrix, checks, seconds, ok } = verdict;
  const of = (status: string) => checks.filter((check) => check.status === status).length;
  const wrong = matrix.filter((row) => !row.ok).length + of("wrong");
  const summary = ok ? "as the settings say" : `${wrong} wrong: see what each means and what to do above`;
  const count = of("warning");
  const warnings = count === 0 ? "" : `, ${count} ${count === 1 ? "warning" : "warnings"}`;
  return [
    `${stack}: ${registryUrl}, zot ${zotVersion}\n`,
    ...(matrix.length === 0 ? [] : [formatMatrix([...matrix], { color })]),
    formatChecks(checks, { color }),
    painter(color)(
      ok ? "green" : "red",
      `${stack}: ${matrix.length} answers and ${checks.length} checks in ${seconds.toFixed(1)} s, ${summary}${warnings}`,
    ),
    "",
  ].join("\n");
}
