import { readFile, writeFile } from "node:fs/promises";
import { openStack } from "../shared/stack";
import { importResources, preview } from "../../systems/pulumi/cli";
import { exportState } from "../../systems/pulumi/state";
import {
  parse,
  runMain,
  printLines,
  stackLocation,
  stackCommand,
  type StackOptions,
} from "../shared/command-line";
import { complete } from "./complete";
import { asRegistered, handOver } from "./hand-over";
import { fillImportFile } from "./import-file";
import { keyLines } from "./key-in-use";
import { ownersOf } from "./owners";
import { parseSavedPlan } from "../../systems/pulumi/saved-plan";
import { openScratch, type Scratch } from "./scratch";
import { heldElsewhere, HeldElsewhereError } from "./siblings";
import { writeFound, withWriteOptions, type WriteOptions } from "./settings/command";
import { type Finding, refuseLosses, survey } from "./survey";
import { openSystems } from "./systems";
import { formatRows, othersOf, rowsOf } from "./table";

const command = stackCommand(
  "adopt",
  "[--write-settings …] [--apply] [--secrets-are-current] [--lose-fields] [--config-file FILE]",
  "Lists the objects that the program would create and that exist already, with what would change. " +
    "Without --apply it is a dry run.",
  {
    0: "the objects were listed or adopted, or the settings were written",
    1: "nothing was adopted, and nothing written; the reason is on standard error",
  },
);
const line = withWriteOptions(command)
  .option("--apply", "import the objects into the stack's state; changes no system")
  .option(
    "--secrets-are-current",
    "assume that the Actions secrets have the values that 1Password has now, and do not write them; Forgejo does not " +
      "show their values",
  )
  .option(
    "--lose-fields",
    "allow the next update to delete the user-added fields of 1Password items that the table names",
  );

interface Options extends StackOptions, WriteOptions {
  readonly writeSettings?: true;
  readonly apply?: true;
  readonly secretsAreCurrent?: true;
  readonly loseFields?: true;
}

async function main(): Promise<undefined> {
  const { options } = parse<Options>(line);
  const { apply = false, loseFields = false, secretsAreCurrent = false } = options;
  const at = stackLocation(options);
  if (options.writeSettings) {
    printLines(await writeFound(at, options));
    return;
  }
  const stack = await openStack(at);
  const systems = await openSystems(stack);
  const before = await exportState(at);
  const scratch = await openScratch(at, before);
  try {
    const { site } = scratch;
    const [importFile, planFile] = [scratch.file("import.json"), scratch.file("registered.json")];
    const plan = await preview(site, { importFile, planFile });
    const looked = await survey(plan, systems);
    const elsewhere = await heldElsewhere(at, looked);
    if (apply) {
      if (elsewhere.length > 0) throw new HeldElsewhereError(elsewhere);
      if (!loseFields) refuseLosses(looked);
    }
    if (looked.some(({ status }) => status === "there")) await importFound(scratch, importFile, looked);
    const known = looked.every(({ status }) => status === "ours");
    const registered = parseSavedPlan(await readFile(planFile, "utf8"));
    const completed = known
      ? undefined
      : await complete(scratch, registered, looked, { stack, systems, secretsAreCurrent });
    const { findings, keys } = completed ?? { findings: looked, keys: new Map<string, never>() };
    const after = completed ? await preview(site, { planFile }) : plan;
    process.stdout.write(formatRows(rowsOf(findings, after)));
    const keyNote = completed ? keyLines(stack, keys, new Date()) : [];
    printLines([
      ...othersOf(findings, after),
      ...(await ownersOf(findings, systems)),
      ...elsewhere,
      ...keyNote,
    ]);
    if (completed && apply) {
      const order = after.steps.map(({ urn }) => urn);
      const left = parseSavedPlan(await readFile(planFile, "utf8"));
      // The stack's own state is written next; no signal may interrupt that.
      await scratch.remove();
      await handOver(at, before, asRegistered(completed.state, left, order));
    }
    printLines([
      summary(findings),
      apply
        ? "The objects are in the state now; no system was changed. `pulumi preview --diff` shows the changes listed above; `pulumi up` makes them."
        : "Nothing was changed. `npm run adopt -- --apply` imports what exists into the state.",
    ]);
  } finally {
    await scratch.remove();
  }
}

/** Pulumi's own bulk import, into the copy. */
async function importFound(
  { site }: Scratch,
  importFile: string,
  findings: readonly Finding[],
): Promise<void> {
  const found = fillImportFile(await readFile(importFile, "utf8"), findings);
  await writeFile(importFile, JSON.stringify(found), { mode: 0o600 });
  await importResources(site, importFile);
}

function summary(findings: readonly Finding[]): string {
  const count = (status: Finding["status"]) => findings.filter((finding) => finding.status === status).length;
  const toMake = count("missing") + count("own");
  return `${count("there")} to adopt, ${count("ours")} adopted before, ${toMake} to create.`;
}

runMain("adopt", main, { failed: 1 });
