import { mkdirSync, mkdtempSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parse } from "yaml";
import {
  settingsSources,
  withWriteOptions,
  type WriteOptions,
} from "../../../commands/adopt/settings/command";
import { commandLine, parse as parseLine } from "../../../commands/shared/command-line";
import { discover } from "../../../commands/adopt/settings/discover";
import { settingsText } from "../../../commands/adopt/settings/text";
import { intent, zotConfig } from "../../../config/arguments";
import { parseSettings } from "../../../config/load";
import type { Settings } from "../../../config/schema";
import { resolveZotConfig } from "../../../config/zot-config";
import { noContainers } from "../../../rehearsal/host/runtime";
import { type Installation, readInstallation } from "../../../rehearsal/mission/installation/form";
import {
  liveConfig,
  type Made,
  makeInstallation,
  worldOf,
} from "../../../rehearsal/mission/installation/make";
import { beginningOf } from "../../../rehearsal/mission/installation/run";
import { stackFile } from "../../../rehearsal/mission/stack-file";
import { removeWorld, startWorld, type World } from "../../../rehearsal/mission/world";
import { openOnePassword } from "../../../systems/onepassword";
import { type Consequence, consequences } from "../../../systems/zot/config/consequences";
import { desiredConfig } from "../../../systems/zot/config/render";

/*
 * Every installation of rehearsal/installations/ as it stands before this program: the settings that are written from it are whole, and
 * with them the change means what docs/moving-in.md says. `npm start -- --installation FILE` moves each of them in with Pulumi.
 */
const ROOT = join(__dirname, "../../..");
const FOLDER = join(ROOT, "rehearsal/installations");
const DOC = join(ROOT, "docs/moving-in.md");
const TABLE = "what stays of zot's config:\n\n";
const VERSION = "2.1.20";
const all = readdirSync(FOLDER).filter((name) => name.endsWith(".yaml"));
const read = (file: string) => readInstallation(readFileSync(join(FOLDER, file), "utf8"));
/** Where nobody may start containers, or anything as somebody else, their rows stay as they are. */
const files = all.filter((file) => {
  const { container, user } = read(file).zot;
  return (
    (container === false || noContainers() === undefined) && (user === undefined || process.getuid?.() === 0)
  );
});

/** In the place of the stack's key. */
const encrypt = (value: string) => Buffer.from(value).toString("base64");

interface Outcome {
  readonly installation: Installation;
  readonly text: string;
  readonly consequences: readonly Consequence[];
}
const outcomes = new Map<string, Outcome>();

beforeAll(async () => {
  mkdirSync(join(ROOT, ".rehearsal"), { recursive: true });
  // Much of each is waiting for processes that start.
  const queue = [...files];
  const work = async () => {
    for (let file = queue.shift(); file !== undefined; file = queue.shift())
      outcomes.set(file, await outcomeOf(file));
  };
  // None is left half made where another one fails.
  const ended = await Promise.allSettled([work(), work(), work()]);
  for (const end of ended) if (end.status === "rejected") throw end.reason;
});

async function outcomeOf(file: string): Promise<Outcome> {
  const installation = read(file);
  const folder = mkdtempSync(join(ROOT, ".rehearsal", "test-"));
  const world = await startWorld(folder, worldOf(installation));
  try {
    const made = await makeInstallation(world, installation);
    const line = withWriteOptions(commandLine("adopt", "", "", { 0: "" }));
    const { options } = parseLine<WriteOptions>(line, beginningOf(world, made));
    const found = await discover(settingsSources(options, world.environment));
    const text = settingsText(found, "zot-access", encrypt).text;
    const isOpenToAll = found.authentik?.isOpenToAll ?? false;
    return { installation, text, consequences: await meaning(text, made, world, isOpenToAll) };
  } finally {
    await world.stop();
    await removeWorld(folder);
  }
}

async function meaning(text: string, made: Made, world: World, isOpenToAll: boolean): Promise<Consequence[]> {
  const settings = load(stackFile(text, made.settings));
  const vault = openOnePassword({ vaultId: settings.onepassword.vaultId }, world.environment);
  const config = await resolveZotConfig(settings.zot.config, (secret) =>
    secret.kind === "value" ? Promise.resolve(secret.value) : vault.read(secret.reference),
  );
  const desired = desiredConfig(zotConfig(settings, VERSION, config));
  return consequences(liveConfig(made), desired, {
    ...intent(settings, { isOpenToAll }),
    zotVersion: VERSION,
    adopting: true,
  });
}

/** As the CLI hands the file's values to the program. */
function load(text: string): Settings {
  const { config } = parse(text) as { config: Record<string, unknown> };
  const entries = Object.entries(config).map(([key, value]) => [
    key.replace("zot-access:", ""),
    typeof value === "string" ? value : JSON.stringify(value, (_name, each: unknown) => decrypted(each)),
  ]);
  return parseSettings("zot-access", Object.fromEntries(entries) as Record<string, string>, () => true);
}

function decrypted(value: unknown): unknown {
  const isSecret = typeof value === "object" && value !== null && "secure" in value;
  return isSecret ? Buffer.from(String(value.secure), "base64").toString() : value;
}

const outcome = (file: string): Outcome => {
  const found = outcomes.get(file);
  if (!found) throw new Error(`${file} was not run`);
  return found;
};
const refusals = ({ consequences: all }: Outcome) =>
  [...new Set(all.flatMap(({ kind }) => kind ?? []))].sort();

test.each(files)("%s: what it says is refused is refused, and nothing else", (file) => {
  const found = outcome(file);
  const { accept, refused } = found.installation.expect;
  const kinds = refusals(found);
  for (const kind of refused) expect(kinds).toContain(kind);
  expect(kinds.filter((kind) => !(accept ?? refused).includes(kind))).toEqual([]);
});

test.each(files)("%s: the settings that are written hold no secret in plain text", (file) => {
  const { installation, text } = outcome(file);
  for (const secret of installation.expect.secrets) expect(text).not.toContain(secret);
});

test("a group that people are in is a role of theirs, and no pusher's", () => {
  expect(outcome("teams.yaml").text).not.toContain("beta-bot");
  expect(outcome("ansible.yaml").text).toMatch(/pushers:\n +zot-ci:/);
});

test("an item of people's own that has the usual title is not taken for the program's", () => {
  expect(outcome("ansible.yaml").text).toMatch(
    /from: op:.*\/key\n +itemTitle: zot-ci-apikey of zot-access\n/,
  );
});

test("the table of docs/moving-in.md is what came of them", () => {
  const doc = readFileSync(DOC, "utf8");
  const rows = all.map((file) => {
    if (!files.includes(file)) return rowOf(doc, file);
    const found = outcome(file);
    const { expect: expected, name } = found.installation;
    const said = found.consequences.map(({ text }) => plain(text));
    const kept = Object.keys(expected.kept);
    return [
      `${name} (\`${file}\`)`,
      said.join("; ") || "–",
      expected.refused.join(", ") || "–",
      kept.map((path) => `\`${path}\``).join(", ") || "–",
    ];
  });
  const [before = "", rest = ""] = doc.split(TABLE, 2);
  const after = rest.slice(rest.indexOf("## "));
  const head = ["installation", "announced", "refused", "kept"];
  const expected = `${before}${TABLE}${aligned([head, ...rows])}\n\n${after}`;
  // With WRITE_DOCS=1 the table is made; otherwise a difference fails.
  if (process.env["WRITE_DOCS"] === "1") writeFileSync(DOC, expected);
  expect(doc).toBe(expected);
});

function rowOf(doc: string, file: string): string[] {
  const line = doc.split("\n").find((each) => each.includes(`(\`${file}\`)`)) ?? "";
  return line.split(" | ").map((cell) => cell.replace(/^\| | \|$/g, "").trim());
}

/** Without what is another one in each run: folders and ports. */
function plain(text: string): string {
  return text
    .replaceAll(/http:\/\/127\.0\.0\.1:\d+/g, "https://…")
    .replaceAll(/\/\S*\/\.rehearsal\/test-\w+\/host\/home/g, "~")
    .replaceAll("*", "\\*");
}

/** A table as Prettier leaves it. */
function aligned([head = [], ...rows]: string[][]): string {
  const widths = head.map((_cell, column) =>
    Math.max(...[head, ...rows].map((row) => row[column]?.length ?? 0)),
  );
  const line = (cells: readonly string[]) =>
    `| ${cells.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join(" | ")} |`;
  return [line(head), line(widths.map((width) => "-".repeat(width))), ...rows.map(line)].join("\n");
}
