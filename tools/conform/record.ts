import { readFileSync } from "node:fs";
import { join } from "node:path";
import { summary, type Result } from "../../commands/conform/report";
import { groupBy } from "../../systems/group-by";
import { writeFormatted } from "../formatted";
import type { ComparisonResult } from "./run";
import type { ComparedSystem } from "./system";
import { RELEASES } from "../../rehearsal/zot/version";
import { COMPARED } from "./systems";
import { isRelease } from "./systems/releases";

const ROOT = join(__dirname, "../..");
const RESULTS = join(__dirname, "results.json");
export const RECORD = join(ROOT, "docs/conformance.md");

/** The last result of a system in one version. */
export interface ResultRecord {
  readonly system: string;
  /** As it tells it. */
  readonly version: string;
  /** What it was compared with: the model of rights, or a flavour of the stand-in. */
  readonly beside: string;
  readonly date: string;
  /** Answers, or facts. */
  readonly asked: number;
  readonly seconds: number;
  readonly details: readonly string[];
  /** What is written down nowhere. */
  readonly differences: readonly string[];
  /** What is written down with its reason. */
  readonly known: readonly string[];
}

export function recordOfZot(result: Result, date: Date): ResultRecord {
  const { answers, asked, differences } = summary(result);
  return {
    system: "zot",
    version: result.version,
    beside: "systems/zot/decide.ts",
    date: dayOf(date),
    asked: answers,
    seconds: Math.round(result.seconds),
    details: asked,
    differences,
    known: [],
  };
}

export interface Comparison {
  readonly server: string;
  readonly version: string;
  readonly flavour: string;
  readonly verdict: ComparisonResult;
  readonly seconds: number;
  readonly date: Date;
}

export function recordOf({ server, version, flavour, verdict, seconds, date }: Comparison): ResultRecord {
  const told = verdict.found.map(({ fact, at, there, expected, known }) => ({
    known,
    text: `${fact.shows}: ${at}: ${there}, and not ${expected}`,
  }));
  return {
    system: server,
    version,
    beside: flavour,
    date: dayOf(date),
    asked: verdict.asked,
    seconds: Math.round(seconds),
    details: [],
    differences: told.flatMap(({ known, text }) => (known === undefined ? [text] : [])),
    known: knownOnce(told.flatMap(({ known, text }) => (known === undefined ? [] : [{ known, text }]))),
  };
}

/** One line a reason: the same difference shows in every answer of a kind. */
function knownOnce(told: readonly { readonly known: string; readonly text: string }[]): string[] {
  return [...groupBy(told, ({ known }) => known)].map(([reason, [{ text }, ...more]]) => {
    const others = more.length === 0 ? "" : `; ${more.length} more such`;
    return `${text}${others} (${reason})`;
  });
}

function dayOf(date: Date): string {
  return date.toISOString().slice(0, 10);
}

export function readRecords(): ResultRecord[] {
  return JSON.parse(readFileSync(RESULTS, "utf8")) as ResultRecord[];
}

/** Takes the place of the last result of the same system and version. */
export function writeRecord(record: ResultRecord): void {
  const others = readRecords().filter(
    ({ system, version, beside }) =>
      system !== record.system ||
      version !== record.version ||
      // What its rights are is compared with a model, and the rest of its answers with the stand-in.
      (system === "zot" && beside !== record.beside),
  );
  const all = [...others, record].sort((one, other) =>
    `${one.system} ${one.version}` < `${other.system} ${other.version}` ? -1 : 1,
  );
  writeFormatted(RESULTS, JSON.stringify(all, null, 2));
  writeFormatted(RECORD, recordText(all));
}

/** docs/conformance.md, in the form that prettier leaves as it is. */
export function recordText(records: readonly ResultRecord[]): string {
  return `# Stand-ins and models, compared with real systems

\`npm run conform\` sends the same requests to a real system and to its stand-in or model here, and reports every difference.
This file is generated from the last result of each system and version (\`--record\`); a test compares it with them.

- zot (\`--zot BINARY\`) is started on loopback and gets the requests in \`tools/conform/facts/zot.ts\`, and so does the rehearsal's stand-in in
  the flavour of its release: pushes, pulls, lists, logins and keys. Then it is started once for each configuration, and gets the requests
  of the access matrix; \`systems/zot/decide.ts\` predicts the answers. Its storage is checked: the requests must have left no trace. Its
  users are in an htpasswd file, or log in at a local OIDC issuer.
- Authentik, Forgejo and Gitea (\`--authentik URL\`, \`--forgejo URL\`) get the requests in
  \`tools/conform/facts/\`, and so does the rehearsal's stand-in in the flavour of their release. The objects that a request needs are created
  with names that begin with \`zot-access-conform-\`, and deleted afterwards, also after a failure. Logins of people need Authentik's default
  flow as it is shipped. A difference that is not in \`facts/known.ts\` gives exit code 1. \`tests/tools/conform/\` sends the same requests to
  each stand-in in each of its flavours, and checks that each method and path that a stand-in serves is requested.
- 1Password Connect (\`--connect URL --vault NAME\`) is tested in the same way, in an existing vault. The requests follow the description of its
  API, and the clients that 1Password's provider uses.

## Last results

${records.map(section).join("\n\n")}

## Never compared with a real one

${unseenOfZot(records)}
${COMPARED.flatMap(({ name, never, ...system }) => [...unseen({ name, ...system }, records), ...never.map((each) => `- ${name}: ${each}`)]).join("\n")}
`;
}

function section({
  system,
  version,
  beside,
  date,
  asked,
  seconds,
  details,
  differences,
  known,
}: ResultRecord): string {
  const list = (title: string, lines: readonly string[]) =>
    lines.length === 0 ? [] : ["", `${title}:`, "", ...lines.map((text) => `- ${escaped(text)}`)];
  return [
    `### ${system} ${version}`,
    "",
    `${date}, beside \`${beside}\`: ${asked} answers in ${seconds} s, ${differences.length} differences, ${known.length} more that are known.`,
    ...list("Asked", details),
    ...list("Differences", differences),
    ...list("Known differences", known),
  ].join("\n");
}

function unseen(
  { flavours, name, takes }: Pick<ComparedSystem, "flavours" | "name" | "takes">,
  records: readonly ResultRecord[],
): string[] {
  return flavours.flatMap((flavour) => {
    const compared = records.filter(({ beside }) => beside === flavour);
    if (compared.some(({ version }) => isRelease(version, flavour))) return [];
    const others = compared.map(({ version }) => version).join(", ");
    const why = others === "" ? takes : `only with ${others}`;
    return `- ${name}: the flavour \`${flavour}\`${why === undefined ? "" : ` (${why})`}`;
  });
}

/** It is compared with a model, not beside a stand-in of its release. */
function unseenOfZot(records: readonly ResultRecord[]): string {
  const compared = records.filter(({ system }) => system === "zot").map(({ version }) => version);
  const never = RELEASES.filter((release) => !compared.includes(`v${release}`)).map((each) => `zot ${each}`);
  return never.map((each) => `- ${each}`).join("\n");
}

/** What prettier, and whoever reads Markdown, would take for its signs. */
function escaped(text: string): string {
  return text.replaceAll(/(?<!`[^`]*)([*_<>])(?![^`]*`)/g, "\\$1");
}
