import { type Fault, type FaultKind, FAULTS } from "./faults";
import type { Life } from "./life";

/** What came of one fault. */
export interface Consequence {
  /** `step: METHOD /path` of the request that was hit. */
  readonly request: string;
  readonly kind: FaultKind;
  readonly outcome: Outcome;
}

export type Outcome = "retried" | "renewed next run" | "completed next run" | "orphan, revoked next run";

/**
 * Lets the fault hit the run that is due now, and looks at what it leaves and at what the next run makes of it.
 *
 * @throws when the next run does not leave one live key that CI has.
 */
export async function consequence(life: Life, fault: Fault): Promise<Consequence> {
  const { world, stack } = life;
  const before = stack.state.key?.id;
  const succeeded = await life.up(fault);
  const request = world.requests[fault.at] ?? "";
  const left = world.registry.live().length;
  const renewed = stack.state.key?.id !== before;
  const { minted } = world.things;
  const next = await life.up();
  const problems = [...(next ? [] : ["the next run failed"]), ...life.problems()];
  if (renewed && world.things.minted > minted) problems.push("minted twice");
  if (problems.length > 0) throw new Error(`${request} ${fault.kind}: ${problems.join(", ")}`);
  return { request, kind: fault.kind, outcome: outcomeOf(succeeded, renewed, left) };
}

function outcomeOf(succeeded: boolean, renewed: boolean, left: number): Outcome {
  if (succeeded) return renewed ? "retried" : "renewed next run";
  if (renewed) return "completed next run";
  return left > 1 ? "orphan, revoked next run" : "renewed next run";
}

/** Markdown: a row a request, a column a kind of fault. */
export function tableOf(found: readonly Consequence[]): string {
  const rows = found.filter(({ kind }) => kind === FAULTS[0]).map(({ request }) => request);
  const cells = rows.map((request, index) => {
    const outcomes = FAULTS.map((_, column) => found[index * FAULTS.length + column]?.outcome ?? "");
    return `| ${index + 1} | ${request.replace(/^(.*?): (.*)$/, "$1 | `$2`")} | ${outcomes.join(" | ")} |`;
  });
  const head = `| | step | request | ${FAULTS.join(" | ")} |`;
  return `${[head, `|${" --- |".repeat(FAULTS.length + 3)}`, ...cells].join("\n")}\n`;
}
