import type { Check } from "../checks/check";
import { printableTexts } from "../../../systems/text";
import { type Color, painter } from "../../shared/paint";

const COLORS: Readonly<Record<Check["status"], Color>> = {
  ok: "green",
  warning: "yellow",
  wrong: "red",
  "not asked": "dim",
};

/** A line for each check; below it the meaning and the fix, if there is a problem. */
export function formatChecks(found: readonly Check[], { color }: { color: boolean }): string {
  const checks = printableTexts(found);
  const paint = painter(color);
  const width = Math.max(0, ...checks.map(({ name }) => name.length));
  return checks
    .flatMap(({ name, status, found, means, todo }) => [
      `${paint(COLORS[status], status.padEnd(9))}  ${name.padEnd(width)}  ${found}`.trimEnd(),
      ...(means === undefined ? [] : [`           means: ${means}`]),
      ...(todo === undefined ? [] : [`           to do: ${todo}`]),
    ])
    .map((line) => `${line}\n`)
    .join("");
}
