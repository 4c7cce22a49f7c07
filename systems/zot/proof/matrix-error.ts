import { groupBy } from "../../group-by";
import { explain } from "./explain";
import type { MatrixRow } from "./types";

/** Wrong answers, for the person who has to fix them; `rows` has all of them, including right ones. */
export class MatrixError extends Error {
  override readonly name = "MatrixError";
  constructor(readonly rows: MatrixRow[]) {
    const wrong = rows.filter(({ ok }) => !ok);
    super(
      [
        `the registry gives ${wrong.length} of ${rows.length} answers that differ from the settings:`,
        ...problems(wrong),
      ].join("\n"),
    );
  }
}

/** @throws MatrixError if an answer is wrong */
export function assertMatrix(rows: MatrixRow[]): void {
  if (rows.some(({ ok }) => !ok)) throw new MatrixError(rows);
}

/** Each wrong answer once, with its meaning and the fix. */
export function problems(wrong: MatrixRow[]): string[] {
  const same = groupBy(wrong, ({ identity, action, target, expected, actual }) =>
    [identity, action, target, expected, actual].join("\n"),
  );
  return [...same.values()].flatMap((rows) => {
    const [row] = rows;
    const { means, todo } = explain(row);
    return [
      `- ${row.identity}, ${row.action}, ${row.target} (${rows.map(({ client }) => client).join(", ")}): ` +
        `expected ${row.expected}, got ${row.actual}`,
      `  means: ${means}`,
      `  to do: ${todo}`,
    ];
  });
}
