import { parse, runMain, stackCommand, type StackOptions, usageError } from "../shared/command-line";
import { openStack } from "../shared/stack";
import { wantsColor } from "../shared/paint";
import { formatReport } from "./format";
import { audit } from "./report";
import type { Question } from "./types";
import { type Verb, VERBS } from "../../systems/zot/grants";
import { REPOSITORY_NAME } from "../../systems/zot/names";

const line = stackCommand(
  "who-can",
  "[pull|push|overwrite|delete] [REPOSITORY] [--json] [--config-file FILE]",
  "Reports who may do what in the registry, and why.",
  { 0: "the report is complete", 2: "the arguments are wrong, or the report could not be made" },
)
  .argument("[what...]", "only who may do that, and only there; all actions and all globs where left out")
  .option("--json", "print the report as JSON instead of tables");

async function main(): Promise<undefined> {
  const { options, words } = parse<StackOptions & { readonly json?: true }>(line);
  const { stack: name, configFile, json } = options;
  const question = questionOf(words);
  const report = await audit(await openStack({ stack: name, configFile }), question, new Date());
  const color = wantsColor(process.stdout, process.env);
  process.stdout.write(json ? `${JSON.stringify(report, null, 2)}\n` : formatReport(report, { color }));
}

function questionOf(words: readonly string[]): Question {
  const isVerb = (word: string): word is Verb => VERBS.some((verb) => verb === word);
  const [first = ""] = words;
  const [verb, rest] = isVerb(first) ? [first, words.slice(1)] : [undefined, words];
  if (rest.length > 1) throw usageError(line, `one repository, not ${rest.join(" ")}`);
  const [repository] = rest;
  if (repository !== undefined && !REPOSITORY_NAME.test(repository)) {
    throw usageError(line, `${repository} is neither ${VERBS.join(", ")} nor the name of a repository`);
  }
  return { verb, repository };
}

runMain("who-can", main, { failed: 2 });
