import { type PlannedStep, typeOf } from "../../../../systems/pulumi/plan";

/** What a step is judged by (commands/ci/night.ts): which parts it has, and of which JSON type each is. */
const PARTS = ["oldState", "newState", "replaceReasons", "detailedDiff"] as const;

function kindOf(value: unknown): string {
  return Array.isArray(value) ? "list" : value === null ? "null" : typeof value;
}

const inputsOf = (step: PlannedStep, part: "oldState" | "newState") => step[part]?.inputs ?? {};

/**
 * Where steps that a test makes up have another form than those of the real CLI: no such step at all, a part that the real one lacks,
 * or an input of another JSON type. What the real one has besides is left alone.
 */
export function misfits(made: readonly PlannedStep[], real: readonly PlannedStep[]): string[] {
  return made.flatMap((step) => {
    const what = `${step.op} ${step.urn.split("::").slice(2).join("::")}`;
    const alike = real.filter(({ op, urn }) => op === step.op && nameless(urn) === nameless(step.urn));
    if (alike.length === 0) return [`${what}: the CLI prints no such step`];
    const problems = alike.map((other) => [
      ...PARTS.filter((part) => step[part] !== undefined && kindOf(step[part]) !== kindOf(other[part])),
      ...(["oldState", "newState"] as const).flatMap((part) =>
        Object.entries(inputsOf(step, part)).flatMap(([name, value]) =>
          kindOf(value) === kindOf(inputsOf(other, part)[name]) ? [] : [`${part}.inputs.${name}`],
        ),
      ),
      ...(step.replaceReasons ?? []).filter((reason) => other.replaceReasons?.includes(reason) !== true),
      ...Object.keys(step.detailedDiff ?? {}).filter((path) => !names(other).includes(path)),
    ]);
    const [fewest = []] = problems.sort((left, right) => left.length - right.length);
    return fewest.map((problem) => `${what}: ${problem}`);
  });
}

const names = ({ detailedDiff }: PlannedStep) =>
  Object.keys(detailedDiff ?? {}).map((path) => path.split(/[.[]/)[0] ?? path);

/** The component and the type, which a night judges by; names are the stack's. */
const nameless = (urn: string) => `${urn.split("::")[2]} ${typeOf(urn)}`;
