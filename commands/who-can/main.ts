import { parseArgs } from "node:util";
import { openStack } from "../shared/stack";
import { wantsColor } from "../shared/paint";
import { formatReport } from "./format";
import { audit } from "./report";
import { ACTIONS, type Question, type Verb } from "./types";

const USAGE = `npm run who-can -- --stack NAME [pull|push|overwrite|delete] [REPOSITORY] [--json] [--config-file FILE]

  pull, push, …       only who may do that; all four where left out
  REPOSITORY          only there; every glob of the access control where left out
  --stack NAME        stack whose settings are used
  --config-file FILE  its settings, where that is not Pulumi.NAME.yaml
  --json              print the report as JSON instead of tables

Exit code: 0 the report is complete, 2 it could not be made.`;

/** OCI distribution specification 1.1, "Pulling manifests". */
const REPOSITORY = /^[a-z0-9]+((\.|_|__|-+)[a-z0-9]+)*(\/[a-z0-9]+((\.|_|__|-+)[a-z0-9]+)*)*$/;

async function main(): Promise<void> {
  const { stack: name, configFile, json, question } = parsedArguments(process.argv.slice(2));
  const report = await audit(await openStack({ stack: name, configFile }), question, new Date());
  const color = wantsColor(process.stdout, process.env);
  process.stdout.write(json ? `${JSON.stringify(report, null, 2)}\n` : formatReport(report, { color }));
}

interface Arguments {
  stack: string;
  configFile: string | undefined;
  json: boolean;
  question: Question;
}

function parsedArguments(argv: string[]): Arguments {
  try {
    const { values, positionals } = parseArgs({
      args: argv,
      allowPositionals: true,
      options: {
        stack: { type: "string" },
        "config-file": { type: "string" },
        json: { type: "boolean", default: false },
      },
    });
    if (values.stack === undefined) throw new Error("--stack is missing");
    return {
      stack: values.stack,
      configFile: values["config-file"],
      json: values.json,
      question: questionOf(positionals),
    };
  } catch (error) {
    throw new Error(`${error instanceof Error ? error.message : String(error)}\n\n${USAGE}`, {
      cause: error,
    });
  }
}

function questionOf(words: string[]): Question {
  const isVerb = (word: string): word is Verb => Object.hasOwn(ACTIONS, word);
  const [first = ""] = words;
  const [verb, rest] = isVerb(first) ? [first, words.slice(1)] : [undefined, words];
  if (rest.length > 1) throw new Error(`one repository, not ${rest.join(" ")}`);
  const [repository] = rest;
  if (repository !== undefined && !REPOSITORY.test(repository)) {
    throw new Error(
      `${repository} is neither ${Object.keys(ACTIONS).join(", ")} nor the name of a repository`,
    );
  }
  return { verb, repository };
}

main().catch((error: unknown) => {
  process.stderr.write(`who-can: ${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 2;
});
