import { groupBy } from "../../../systems/group-by";
import { problems } from "../../../systems/zot/proof/matrix-error";
import type { MatrixRow } from "../../../systems/zot/proof/types";
import { printableTexts } from "../../../systems/text";
import { painter } from "../../shared/paint";

/** A table for users: requests in rows, identities in columns; clients are only named if their answers differ. */
export function formatMatrix(found: MatrixRow[], { color }: { color: boolean }): string {
  const rows = printableTexts(found);
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
