import { painter } from "../shared/paint";
import { printableTexts } from "../../systems/text";
import type { AuditReport, ListedKey, ReachReport, Right } from "./types";

/** The report for the terminal: rights by area, keys, differences from the settings, and what could not be read. */
export function formatReport(found: AuditReport, { color }: { color: boolean }): string {
  const report = printableTexts(found);
  const { stack, registryUrl, zotVersion, askedAt, question, rights, superusers, keys } = report;
  const paint = painter(color);
  const verb = question.verb ?? "do what";
  const where = question.repository ?? registryUrl;
  const sections = [
    [`${asked(question.subject)} may ${verb}: ${where} (stack ${stack}, zot ${zotVersion}, ${askedAt})`],
    rights.length === 0 ? ["Nobody."] : table(["where", "who", "kind", "may", "why"], rights.map(rightCells)),
    superusers.length === 0
      ? []
      : [
          `May change everybody's groups, and so their own rights (superusers of Authentik): ${superusers.join(", ")}`,
        ],
    keys.length === 0
      ? []
      : ["Keys:", ...table(["owner", "label", "", "made", "ends", "last used"], keys.map(keyCells))],
    report.differences.length === 0
      ? [paint("green", "No differences from the settings.")]
      : [
          paint("red", "Differences from the settings:"),
          ...report.differences.flatMap(({ found, todo }) => [`- ${found}`, `  to do: ${todo}`]),
        ],
    ["Not seen:", ...report.notSeen.map((each) => `- ${each}`)],
  ];
  return sections
    .filter((lines) => lines.length > 0)
    .map((lines) => `${lines.join("\n")}\n`)
    .join("\n");
}

function asked(subject: AuditReport["question"]["subject"]): string {
  return subject ? `What the ${subject.kind} ${subject.name}` : "Who";
}

/** What the holder of a secret could do, for the terminal. */
export function formatReach(found: ReachReport): string {
  const { askedAt, reaches, registryUrl, secret, stack } = printableTexts(found);
  return [
    `What the holder of ${secret} could do at ${registryUrl} (stack ${stack}, ${askedAt})`,
    ...reaches.map(({ place, rights, secret: name, what }) =>
      [
        `${place}, ${name}: ${what}`,
        ...(rights.length === 0
          ? ["  no more than anybody without a login"]
          : table(["where", "who", "may", "why"], rights.map(reachCells))),
      ].join("\n"),
    ),
  ]
    .map((part) => `${part}\n`)
    .join("\n");
}

function reachCells({ area, may, who, why }: Right): string[] {
  return [area, who, may.join(", "), why];
}

function rightCells({ area, who, kind, may, why, note }: Right): string[] {
  return [area, who, kind === who ? "" : kind, may.join(", "), note === undefined ? why : `${why}; ${note}`];
}

function keyCells({
  owner,
  label,
  role,
  createdAt,
  ageDays,
  expiresAt,
  isExpired,
  lastUsed,
}: ListedKey): string[] {
  const day = (time: string) => time.slice(0, 10);
  const ends = expiresAt === undefined ? "never" : day(expiresAt);
  return [
    owner,
    label,
    isExpired ? "ended" : role,
    `${day(createdAt)} (${ageDays} days ago)`,
    ends,
    lastUsed === undefined ? "never" : day(lastUsed),
  ];
}

function table(heads: string[], rows: string[][]): string[] {
  const all = [heads, ...rows];
  const widths = heads.map((_, column) => Math.max(...all.map((cells) => (cells[column] ?? "").length)));
  return all.map((cells) =>
    `  ${cells.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join("  ")}`.trimEnd(),
  );
}
