import { readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { commandLine, failure, parse } from "../../commands/shared/command-line";
import { collect } from "./collect";

const line = commandLine(
  "npm run changelog --",
  "VERSION [--date YYYY-MM-DD]",
  "Collects the fragments of changelog.d/ into a section of CHANGELOG.md, and deletes them.",
  { 0: "the section is written", 1: "nothing was changed" },
)
  .argument("<version>", "the version of package.json")
  .option("--date <day>", "the day of the release", new Date().toISOString().slice(0, 10));

const FOLDER = "changelog.d";
/** Explains the fragments, and keeps the folder: Git has no empty folders. */
const KEPT = "README.md";
const CHANGELOG = "CHANGELOG.md";

function main(): void {
  const { options, words } = parse<{ readonly date: string }>(line);
  const { date } = options;
  const [version = ""] = words;
  const files = readdirSync(FOLDER).filter((file) => file !== KEPT);
  const fragments = files.map((file) => ({ file, text: readFileSync(join(FOLDER, file), "utf8") }));
  const { version: packaged } = JSON.parse(readFileSync("package.json", "utf8")) as { version: string };
  const changelog = collect(readFileSync(CHANGELOG, "utf8"), { version, date, packaged }, fragments);
  // The fragments are only deleted after the section was written completely.
  writeFileSync(`${CHANGELOG}.new`, changelog);
  renameSync(`${CHANGELOG}.new`, CHANGELOG);
  for (const { file } of fragments) rmSync(join(FOLDER, file));
  process.stdout.write(
    `${version} is in ${CHANGELOG}: ${fragments.length} changes; see it, commit it and tag it\n`,
  );
}

try {
  main();
} catch (error) {
  process.exitCode = failure("changelog", error, { failed: 1 });
}
