import { readFileSync } from "node:fs";
import { join } from "node:path";
import { writeFormatted } from "../formatted";

const ROOT = join(__dirname, "../..");
export const RESULTS = join(__dirname, "last-results.json");
export const README = join(ROOT, "README.md");

/** What came of releases that were rehearsed together. */
export interface RunResult {
  readonly flavours: readonly string[];
  readonly date: string;
  /** What each did, in a word or two; what failed has no line here. */
  readonly mission?: string;
  readonly renewal?: string;
  readonly adoption?: string;
  /** The program refused it, as it should. */
  readonly refused?: true;
}

const FILES = { results: RESULTS, readme: README };

export function readResults(file = RESULTS): RunResult[] {
  return JSON.parse(readFileSync(file, "utf8")) as RunResult[];
}

/** Keeps a result in the place of the last one of the same releases, and makes the README's table of all. */
export function writeResult(result: RunResult, { results: file, readme } = FILES): void {
  const key = ({ flavours }: RunResult) => flavours.join(" ");
  const results = [...readResults(file).filter((each) => key(each) !== key(result)), result].sort(
    (one, other) => byNumbers(key(one), key(other)),
  );
  writeFormatted(file, JSON.stringify(results, null, 2));
  writeFormatted(readme, withTable(readFileSync(readme, "utf8"), results));
}

const [BEGIN, END] = ["<!-- npm run versions -->\n\n", "\n<!-- end of what npm run versions wrote -->"];

/** @throws Error where the README has no place for the table */
export function withTable(readme: string, results: readonly RunResult[]): string {
  const [begin, end] = [readme.indexOf(BEGIN), readme.indexOf(END)];
  if (begin < 0 || end < begin) throw new Error("README.md has no place for the table of versions");
  return readme.slice(0, begin + BEGIN.length) + table(results) + readme.slice(end);
}

const SYSTEMS = ["zot", "authentik", "forgejo", "gitea"] as const;
const CALLED: Readonly<Record<string, string>> = {
  zot: "zot",
  authentik: "Authentik",
  forgejo: "Forgejo",
  gitea: "Gitea",
};

/** One row a release, in the form that prettier leaves as it is. */
function table(results: readonly RunResult[]): string {
  const all = results.flatMap((result) => result.flavours.map((flavour) => ({ flavour, result })));
  const rows = SYSTEMS.flatMap((system) => {
    const own = all.filter(({ flavour }) => flavour.startsWith(`${system}=`));
    return [...new Set(own.map(({ flavour }) => flavour))].sort(byNumbers).map((flavour) => {
      const results = own.filter((each) => each.flavour === flavour).map(({ result }) => result);
      const name = `${CALLED[system] ?? system} ${flavour.slice(system.length + 1)}`;
      if (results.some(({ refused }) => refused))
        return [name, "refused before anything is declared", "–", "–"];
      return [name, ...(["mission", "renewal", "adoption"] as const).map((what) => said(results, what))];
    });
  });
  return aligned([["release", "mission", "renewal", "adoption"], ...rows]);
}

function said(results: readonly RunResult[], what: "mission" | "renewal" | "adoption"): string {
  const texts = [...new Set(results.map((result) => result[what] ?? "fails"))];
  return texts.join("; ");
}

function byNumbers(one: string, other: string): number {
  return one.localeCompare(other, "en", { numeric: true });
}

function aligned(rows: readonly (readonly string[])[]): string {
  const widths = (rows[0] ?? []).map((_, column) =>
    Math.max(...rows.map((row) => (row[column] ?? "").length)),
  );
  const [head, ...others] = rows.map(
    (row) => `| ${row.map((text, column) => text.padEnd(widths[column] ?? 0)).join(" | ")} |`,
  );
  const rule = `| ${widths.map((width) => "-".repeat(width)).join(" | ")} |`;
  return `${[head, rule, ...others].join("\n")}\n`;
}

/** Releases of which something is missing or failed, for the exit code. */
export function failures(results: readonly RunResult[]): string[] {
  return results
    .filter(({ mission, renewal, adoption, refused }) => !refused && !(mission && renewal && adoption))
    .map(({ flavours }) => flavours.join(" "));
}
