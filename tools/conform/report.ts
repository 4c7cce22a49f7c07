import type { Fact } from "./fact";
import type { FoundDifference, ComparisonResult } from "./run";

/** One fact for the terminal, where it is not as it should be: a line each difference, and what depends on it. */
export function formatFact({ shows, ask, needs }: Fact, found: readonly FoundDifference[]): string {
  if (found.length === 0) return "";
  const fresh = found.some(({ known }) => known === undefined);
  const lines = found.map(
    ({ at, there, expected, known }) =>
      `    ${at}: ${there}, and not ${expected}${known === undefined ? "" : ` (known: ${known})`}`,
  );
  return [
    `${fresh ? "DIFFERENT" : "known    "}  ${shows} (${ask})`,
    ...lines,
    `    needed for: ${needs}`,
    "",
  ].join("\n");
}

export function conclude(
  name: string,
  flavour: string,
  { asked, found, gone, left }: ComparisonResult,
  seconds: number,
  note?: string,
): string {
  const fresh = new Set(found.filter(({ known }) => known === undefined).map(({ fact }) => fact));
  const known = new Set(found.filter(({ known }) => known !== undefined).map(({ fact }) => fact));
  return [
    `${name}, beside the stand-in as ${flavour}: ${asked} facts in ${seconds.toFixed(0)} s, ${fresh.size} differ, ${known.size} differ as ` +
      "is written down",
    ...(note === undefined ? [] : [note]),
    ...(fresh.size === 0
      ? []
      : ["Fix the stand-in, or write the difference with its reason into tools/conform/facts/known.ts."]),
    ...gone.map(({ fact, at }) => `Written down and not seen here: ${fact}: ${at}`),
    ...(left.length === 0 ? [] : [`NOT REMOVED: ${left.join(", ")}: remove it by hand`]),
    "",
  ].join("\n");
}

/** Whether something is there that is written down nowhere, or was left behind. */
export function isClean({ found, left }: ComparisonResult): boolean {
  return left.length === 0 && found.every(({ known }) => known !== undefined);
}
