import { printableTexts } from "../../systems/text";

/** Aligned columns, one row per line; cells may contain names from other systems. */
export function columns(cells: readonly (readonly string[])[]): string {
  const rows = printableTexts(cells);
  const widths = (rows[0] ?? []).map((_, column) =>
    Math.max(...rows.map((row) => (row[column] ?? "").length)),
  );
  return rows
    .map(
      (row) =>
        `${row
          .map((cell, column) => cell.padEnd(widths[column] ?? 0))
          .join("  ")
          .trimEnd()}\n`,
    )
    .join("");
}
