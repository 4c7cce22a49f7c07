import { masked, maskedDifferences } from "./masked";
import { leavesOf } from "./overlay";
import { isTree, sameName, sorted, type Tree } from "./read";

/**
 * The differences between two configs, one line per setting and per list entry, sorted by path. Equal values in
 * another format are not shown, and no value that may be secret.
 */
export function configDiff(before: Tree, after: Tree): string[] {
  const [old, next] = [masked(before), masked(after)].map(linesOf) as [Line[], Line[]];
  const removed = old.filter((line) => !next.some((other) => isSame(line, other)));
  const added = next.filter((line) => !old.some((other) => isSame(line, other)));
  const lines = [
    ...removed.map((line) => ({ ...line, sign: "-" })),
    ...added.map((line) => ({ ...line, sign: "+" })),
    ...maskedDifferences(before, after).map((path) => ({ path, sign: "~", text: "(another value, masked)" })),
  ];
  return lines
    .sort((a, b) => compare(a.path, b.path) || SIGNS.indexOf(a.sign) - SIGNS.indexOf(b.sign))
    .map(({ sign, path, text }) => `${sign} ${path}: ${text}`);
}

const SIGNS = "-+~";

interface Line {
  readonly path: string;
  readonly text: string;
  /** Equal if zot reads the same. */
  readonly meaning: string;
}

function linesOf(tree: Tree): Line[] {
  return leavesOf(tree).flatMap(({ path, value }) => {
    if (isTree(value) && Object.keys(value).length === 0) return [];
    if (value === null) return [];
    const name = path.map((part) => (/^[\w-]+$/.test(part) ? part : JSON.stringify(part))).join(".");
    // A list of texts is one setting; each entry of any other list is a separate one.
    const entries =
      Array.isArray(value) && value.length > 0 && value.every((each) => isTree(each)) ? value : [value];
    return entries.map((each) => ({
      path: name,
      text: compact(each),
      meaning: JSON.stringify(sorted(each)),
    }));
  });
}

function isSame(line: Line, other: Line): boolean {
  return sameName(line.path, other.path) && line.meaning === other.meaning;
}

function compare(left: string, right: string): number {
  const [a, b] = [left.toLowerCase(), right.toLowerCase()];
  return a < b ? -1 : a > b ? 1 : 0;
}

/** JSON on one line, as people write it. */
function compact(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(compact).join(", ")}]`;
  if (!isTree(value)) return JSON.stringify(value);
  return `{${Object.entries(value)
    .map(([name, inner]) => `${JSON.stringify(name)}: ${compact(inner)}`)
    .join(", ")}}`;
}
