import { PEOPLE, REPOSITORIES } from "./people";
import type { Difference, Verdict } from "./run";

export interface Result {
  /** As the binary reports it. */
  version: string;
  verdicts: Verdict[];
  seconds: number;
}

/** One case for the terminal: a line, and another for each difference. */
export function tell({ shows, answers, differences }: Verdict): string {
  const head = `${differences.length === 0 ? "same" : "DIFFERENT"}  ${answers} answers: ${shows}`;
  return [head, ...differences.map((each) => `    ${sentence(each)}`), ""].join("\n");
}

/** The last line for the terminal, with what to do. */
export function conclude({ version, verdicts, seconds }: Result): string {
  const { answers, differences } = sum(verdicts);
  const figures = `zot ${version}: ${answers} answers in ${seconds.toFixed(0)} s, ${differences.length} differ`;
  return differences.length === 0
    ? `${figures} from the model\n`
    : `${figures}; mend systems/zot/decide.ts, or tell by version where zot changed (systems/zot/version.ts), then run it again\n`;
}

/** docs/conformance.md, in the form that prettier leaves as it is. */
export function recordOf({ version, verdicts, seconds }: Result, date: Date): string {
  const { answers, differences } = sum(verdicts);
  const people = PEOPLE.map(({ name, groups }) =>
    groups.length > 0 ? `${name} (${groups.join(", ")})` : name,
  );
  return `# Does the model agree with zot?

Made by \`npm run conform -- --zot BINARY --record\`: it starts that zot on loopback, once for each configuration, asks it the
questions of the access matrix, and compares with what \`systems/zot/decide.ts\` says. Then it looks at the storage: the questions
must have left no trace in it. People are users of an htpasswd file; \`tests/commands/verify\` runs the same on the rehearsal's stand-in.

- zot: ${version}
- date: ${date.toISOString().slice(0, 10)}
- configurations: ${verdicts.length}
- who asks: ${people.join("; ")}
- repositories: ${REPOSITORIES.join(", ")}
- answers: ${answers}
- differences: ${differences.length}
- time: ${seconds.toFixed(0)} s

## Configurations

${verdicts.map((each) => `- ${each.shows}: ${each.answers} answers, ${each.differences.length} differences`).join("\n")}
${differences.length === 0 ? "" : `\n## Differences\n\n${differences.map((each) => `- ${each.shows}: ${sentence(each)}`).join("\n")}\n`}`;
}

function sentence({ person, asked, repository, expected, actual }: Difference): string {
  const where = repository === "" ? "" : ` (${repository})`;
  return `${person}, ${asked}${where}: expected "${expected}", got "${actual}"`;
}

function sum(verdicts: Verdict[]) {
  return {
    answers: verdicts.reduce((total, each) => total + each.answers, 0),
    differences: verdicts.flatMap((each) => each.differences),
  };
}
