import { writeFile, readFile } from "node:fs/promises";
import { openStack } from "../stack";
import { importResources, preview, pulumi, type Site } from "./cli";
import { parseCommand, runMain, say } from "./command";
import { fillImportFile } from "./import-file";
import { keyInUse } from "./key-in-use";
import { ownersOf } from "./owners";
import { openScratch } from "./scratch";
import { type Finding, survey } from "./survey";
import { openSystems } from "./systems";
import { formatRows, othersOf, rowsOf } from "./table";

const USAGE = `npm run adopt -- --stack NAME [--apply] [--config-file FILE]

  Looks for everything that the program would make and that exists already, and prints what would become of it.
  Writes nothing anywhere.

  --apply             takes it into the stack's state; changes no system
  --config-file FILE  the stack's settings, where they are not in Pulumi.NAME.yaml`;

async function main(): Promise<void> {
  const { at, told } = parseCommand(USAGE, "apply");
  const stack = await openStack(at);
  const systems = await openSystems(stack);
  const scratch = await openScratch(at);
  try {
    const file = scratch.file("import.json");
    const plan = await preview(scratch.site, file);
    const findings = await survey(plan, systems);
    const found = fillImportFile(await readFile(file, "utf8"), findings);
    await writeFile(file, JSON.stringify(found), { mode: 0o600 });
    const anything = findings.some(({ status }) => status === "there");
    if (anything) await importResources(scratch.site, file);
    const after = anything ? await preview(scratch.site) : plan;
    process.stdout.write(formatRows(rowsOf(findings, after)));
    say([...othersOf(findings, after), ...(await ownersOf(findings, systems)), ...(await keyInUse(stack))]);
    if (told) await apply(at, file, findings);
    else
      say([
        summary(findings),
        "Nothing was changed. `npm run adopt -- --apply` takes into the state what is there.",
      ]);
  } finally {
    await scratch.remove();
  }
}

/** Each step can be done again: what is in the state already stays as it is. */
async function apply(at: Site, file: string, findings: readonly Finding[]): Promise<void> {
  if (findings.some(({ status }) => status === "there")) await importResources(at, file);
  const guarded = findings.filter(
    ({ status, protect }) => protect && status !== "missing" && status !== "own",
  );
  if (guarded.length > 0) {
    await pulumi(at, ["state", "protect", "--yes", ...guarded.map(({ urn }) => urn)]);
  }
  say([
    summary(findings),
    "The state holds it now; no system was changed. `pulumi preview --diff` shows what is listed above, then `pulumi up`.",
  ]);
}

function summary(findings: readonly Finding[]): string {
  const count = (status: Finding["status"]) => findings.filter((finding) => finding.status === status).length;
  return `${count("there")} to take over, ${count("ours")} taken over before, ${count("missing")} to be made.`;
}

runMain("adopt", main);
