import { readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { collect } from "./collect";

const USAGE = `npm run changelog -- VERSION [--date YYYY-MM-DD]

  Collects the fragments of changelog.d/ into a section of CHANGELOG.md, dated today where no date is given, and deletes them.
  VERSION is the one of package.json.`;

const FOLDER = "changelog.d";
/** Says what a fragment is, and keeps the folder: Git holds no empty one. */
const KEPT = "README.md";
const CHANGELOG = "CHANGELOG.md";

function main(): void {
  const { positionals, values } = parseArgs({
    allowPositionals: true,
    options: { date: { type: "string" } },
  });
  const [version, ...others] = positionals;
  if (version === undefined || others.length > 0) throw new Error(USAGE);
  const files = readdirSync(FOLDER).filter((file) => file !== KEPT);
  const fragments = files.map((file) => ({ file, text: readFileSync(join(FOLDER, file), "utf8") }));
  const { version: packaged } = JSON.parse(readFileSync("package.json", "utf8")) as { version: string };
  const date = values.date ?? new Date().toISOString().slice(0, 10);
  const changelog = collect(readFileSync(CHANGELOG, "utf8"), { version, date, packaged }, fragments);
  // Whole or not at all; the fragments go only when all of it is there.
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
  process.stderr.write(
    `changelog: nothing was changed\n${error instanceof Error ? error.message : String(error)}\n`,
  );
  process.exitCode = 1;
}
