import { writeFile } from "node:fs/promises";
import { parse, runMain, stackCommand, type StackOptions, usageError } from "../shared/command-line";
import { openStack } from "../shared/stack";
import { wantsColor } from "../shared/paint";
import { formatReach, formatReport } from "./format";
import { htmlReport } from "./html";
import { canReach, NoSuchSecret } from "./reach";
import { audit } from "./report";
import type { Question } from "./types";
import { type Verb, VERBS } from "../../systems/zot/grants";
import { REPOSITORY_NAME } from "../../systems/zot/names";

const line = stackCommand(
  "who-can",
  "[pull|push|overwrite|delete] [REPOSITORY] [--user NAME | --group NAME | --can-reach SECRET] [--json] [--html FILE]",
  "Lists everybody's rights in the registry, with the reasons.",
  { 0: "the report is complete", 2: "the arguments are wrong, or the report could not be made" },
)
  .argument("[what...]", "only this action and this repository; default: all")
  .option("--user <name>", "the rights of this user, with the groups in Authentik")
  .option("--group <name>", "the rights of a member of this group")
  .option(
    "--can-reach <secret>",
    "what somebody with this Actions secret could do: NAME or OWNER/REPOSITORY/NAME",
  )
  .option("--html <file>", "write the report as one HTML page")
  .option("--json", "print the report as JSON instead of tables");

interface Options extends StackOptions {
  readonly user?: string;
  readonly group?: string;
  readonly canReach?: string;
  readonly html?: string;
  readonly json?: true;
}

async function main(): Promise<undefined> {
  const { options, words } = parse<Options>(line);
  const { stack: name, configFile, canReach: secret, html, json } = options;
  refuseBoth(options, words);
  const question = questionOf(words, options);
  const stack = await openStack({ stack: name, configFile });
  if (secret !== undefined) {
    const reach = await canReach(stack, secret, new Date()).catch((error: unknown) => {
      throw error instanceof NoSuchSecret ? usageError(line, error.message, error) : error;
    });
    process.stdout.write(json ? `${JSON.stringify(reach, null, 2)}\n` : formatReach(reach));
    return;
  }
  const report = await audit(stack, question, new Date());
  if (html !== undefined) {
    await writeFile(html, htmlReport(report));
    if (!json) process.stdout.write(`written to ${html}\n`);
  }
  const color = wantsColor(process.stdout, process.env);
  if (json) process.stdout.write(`${JSON.stringify(report, null, 2)}\n`);
  else if (html === undefined) process.stdout.write(formatReport(report, { color }));
}

function refuseBoth({ canReach: secret, group, html, user }: Options, words: readonly string[]): void {
  const asked = [
    ...(user === undefined ? [] : ["--user"]),
    ...(group === undefined ? [] : ["--group"]),
    ...(secret === undefined ? [] : ["--can-reach"]),
  ];
  if (asked.length > 1) throw usageError(line, `${asked.join(" and ")} cannot be combined: give one of them`);
  if (secret === undefined) return;
  if (words.length > 0)
    throw usageError(line, "--can-reach covers all actions and repositories: remove the other arguments");
  if (html !== undefined) throw usageError(line, "--html writes the report of everybody, not --can-reach");
}

function questionOf(words: readonly string[], { group, user }: Options): Question {
  const subject =
    user !== undefined
      ? ({ kind: "user", name: user } as const)
      : group !== undefined
        ? ({ kind: "group", name: group } as const)
        : undefined;
  const isVerb = (word: string): word is Verb => VERBS.some((verb) => verb === word);
  const [first = ""] = words;
  const [verb, rest] = isVerb(first) ? [first, words.slice(1)] : [undefined, words];
  if (rest.length > 1) throw usageError(line, `one repository, not ${rest.join(" ")}`);
  const [repository] = rest;
  if (repository !== undefined && !REPOSITORY_NAME.test(repository)) {
    throw usageError(line, `${repository} is neither ${VERBS.join(", ")} nor the name of a repository`);
  }
  return { verb, repository, ...(subject && { subject }) };
}

runMain("who-can", main, { failed: 2 });
