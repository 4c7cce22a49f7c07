import { PEOPLE, REPOSITORIES } from "./people";
import type { Difference, ModelComparison } from "./run";

export interface Result {
  /** As the binary reports it. */
  version: string;
  verdicts: ModelComparison[];
  seconds: number;
}

/** One case for the terminal: a line, and another for each difference. */
export function formatCase({ shows, answers, differences }: ModelComparison): string {
  const head = `${differences.length === 0 ? "same" : "DIFFERENT"}  ${answers} answers: ${shows}`;
  return [head, ...differences.map((each) => `    ${sentence(each)}`), ""].join("\n");
}

/** The last line for the terminal, with what to do. */
export function conclude({ version, verdicts, seconds }: Result): string {
  const { answers, differences } = sum(verdicts);
  const figures = `zot ${version}: ${answers} answers in ${seconds.toFixed(0)} s, ${differences.length} differ`;
  return differences.length === 0
    ? `${figures} from the model\n`
    : `${figures}; fix systems/zot/decide.ts, or tell by version where zot changed (systems/zot/version.ts), then run it again\n`;
}

/** The result for the record: the number of requests, and each difference. */
export function summary({ verdicts }: Result): { answers: number; asked: string[]; differences: string[] } {
  const people = PEOPLE.map(({ name, groups }) =>
    groups.length > 0 ? `${name} (${groups.join(", ")})` : name,
  );
  const { answers, differences } = sum(verdicts);
  return {
    answers,
    asked: [
      `${verdicts.length} configurations; as ${people.join("; ")}; of ${REPOSITORIES.join(", ")}`,
      ...verdicts.map(
        (each) => `${each.shows}: ${each.answers} answers, ${each.differences.length} differences`,
      ),
    ],
    differences: differences.map((each) => `${each.shows}: ${sentence(each)}`),
  };
}

function sentence({ person, asked, repository, expected, actual }: Difference): string {
  const where = repository === "" ? "" : ` (${repository})`;
  return `${person}, ${asked}${where}: expected "${expected}", got "${actual}"`;
}

function sum(verdicts: ModelComparison[]) {
  return {
    answers: verdicts.reduce((total, each) => total + each.answers, 0),
    differences: verdicts.flatMap((each) => each.differences),
  };
}
