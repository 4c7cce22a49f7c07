import { explain } from "./explain";
import { painter } from "./paint";
import type { MatrixRow } from "../types";

/** Wrong answers, told to whoever has to mend them; `rows` holds all of them, right ones too. */
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

/** @throws MatrixError where an answer is wrong */
export function assertMatrix(rows: MatrixRow[]): void {
  if (rows.some(({ ok }) => !ok)) throw new MatrixError(rows);
}

/** A table for people: what is asked down, who asks across; clients are named only where they are answered differently. */
export function formatMatrix(rows: MatrixRow[], { color }: { color: boolean }): string {
  const paint = painter(color);
  const identities = [...new Set(rows.map(({ identity }) => identity))];
  const asked = groupBy(rows, ({ action, target }) => `${action}\n${target}`);
  const lines = [...asked].map(([key, group]) => ({
    heads: key.split("\n"),
    cells: identities.map((name) => cell(group.filter(({ identity }) => identity === name))),
  }));
  const table = [
    ["", "", ...identities],
    ...lines.map(({ heads, cells }) => [...heads, ...cells.map(({ text }) => text)]),
  ];
  const widths = (table[0] ?? []).map((_, column) =>
    Math.max(...table.map((row) => (row[column] ?? "").length)),
  );
  const text = table.map((row, index) =>
    row
      .map((value, column) => {
        const padded = value.padEnd(widths[column] ?? 0);
        const wrong = lines[index - 1]?.cells[column - 2]?.wrong;
        return wrong === undefined || value === "" ? padded : paint(wrong ? "red" : "green", padded);
      })
      .join("  ")
      .trimEnd(),
  );
  const notes = [...new Set(rows.flatMap(({ note }) => (note === undefined ? [] : [note])))];
  const wrong = rows.filter(({ ok }) => !ok);
  return [
    ...text,
    "",
    ...notes.map((note) => paint("yellow", `warning: ${note}`)),
    wrong.length === 0
      ? paint("green", `${rows.length} answers, all as the settings say`)
      : paint("red", `${wrong.length} of ${rows.length} answers are wrong`),
    ...problems(wrong),
    "",
  ].join("\n");
}

function cell(rows: MatrixRow[]): { text: string; wrong: boolean } {
  const answers = groupBy(rows, ({ ok, actual, expected }) =>
    ok ? actual : `${actual} (expected ${expected})`,
  );
  const single = answers.size === 1;
  const texts = [...answers].map(([answer, group]) =>
    single ? answer : `${group.map(({ client }) => client).join("+")}: ${answer}`,
  );
  return { text: texts.join(", "), wrong: rows.some(({ ok }) => !ok) };
}

function problems(wrong: MatrixRow[]): string[] {
  const same = groupBy(wrong, ({ identity, action, target, expected, actual }) =>
    [identity, action, target, expected, actual].join("\n"),
  );
  return [...same.values()].flatMap((rows) => {
    const row = rows[0];
    if (!row) return [];
    const { means, todo } = explain(row);
    return [
      `- ${row.identity}, ${row.action}, ${row.target} (${rows.map(({ client }) => client).join(", ")}): ` +
        `expected ${row.expected}, got ${row.actual}`,
      `  means: ${means}`,
      `  to do: ${todo}`,
    ];
  });
}

function groupBy<T>(items: T[], key: (item: T) => string): Map<string, T[]> {
  const groups = new Map<string, T[]>();
  for (const item of items) groups.set(key(item), [...(groups.get(key(item)) ?? []), item]);
  return groups;
}
