import type { Candidate, Systems } from "./candidates";
import type { OfProvider, Refer, ReferredBy } from "./lookup";
import { LOOKUPS, OWN_WORDS } from "./lookups";
import {
  dependencyOf,
  given,
  isManaged,
  nameOf,
  type Plan,
  type PlannedStep,
  typeOf,
} from "../../systems/pulumi/plan";

/** What was found about one resource that the program declares. */
export interface Finding {
  readonly urn: string;
  /** Logical name. */
  readonly name: string;
  /** In words, by what people know it. */
  readonly what: string;
  /** Its name in its system, where it has one. */
  readonly known?: string;
  /**
   * `ours`: in the stack's state already; `there`: exists and can be taken over; `missing`: `pulumi up` makes it; `own`: the
   * program makes it for itself, such as a deploy or a proof, and no system could show it.
   */
  readonly status: "ours" | "there" | "missing" | "own";
  /** By which Pulumi knows or imports it. */
  readonly id?: string;
  readonly remarks: readonly string[];
  /** What people have in it that would go with the first update. */
  readonly lost?: readonly string[];
}

/** What exists cannot be told to be what the program would make. Nothing was changed. */
export class AmbiguousError extends Error {
  override readonly name = "AmbiguousError";

  constructor(readonly problems: readonly string[]) {
    super(`nothing was taken over:\n${problems.map((problem) => `  ${problem}`).join("\n")}`);
  }
}

/** What people have would go, and nobody said that it may. Nothing was changed. */
export class LossError extends Error {
  override readonly name = "LossError";

  constructor(readonly losses: readonly string[]) {
    super(
      "nothing was taken over, since what people keep there would go with the first update:\n" +
        `${losses.map((line) => `  ${line}`).join("\n")}\n` +
        "move it to another item, set the pusher's itemTitle, or say --lose-fields",
    );
  }
}

/** @throws LossError where something of people's would go */
export function refuseLosses(findings: readonly Finding[]): void {
  const losses = findings.flatMap(({ lost = [], what }) => lost.map((name) => `${what}: ${name}`));
  if (losses.length > 0) throw new LossError(losses);
}

/**
 * Looks for everything that the program would make and that exists already, by what each system knows it by.
 *
 * @throws AmbiguousError with every resource that has several candidates, or one of another kind.
 */
export async function survey(plan: Plan, systems: Systems): Promise<Finding[]> {
  const keys = new Map<string, string | number>();
  const findings: Finding[] = [];
  const problems: string[] = [];
  const byUrn = new Map(plan.steps.map((step) => [step.urn, step]));
  const ofProvider = ({ newState }: PlannedStep, input: string) => {
    const urn = newState?.provider?.split("::").slice(0, -1).join("::") ?? "";
    const provider = byUrn.get(urn);
    return provider && given(provider, input);
  };
  // In the plan's order, in which a resource comes after those that it refers to.
  for (const step of plan.steps.filter(isManaged)) {
    const referredBy = (type: string) =>
      plan.steps.filter((other) => typeOf(other.urn) === type && refersTo(other, step));
    const found = await examine(step, systems, keys, (input) => ofProvider(step, input), referredBy);
    if (typeof found === "string") problems.push(found);
    else findings.push(found);
  }
  if (problems.length > 0) throw new AmbiguousError(problems);
  return findings;
}

async function examine(
  step: PlannedStep,
  systems: Systems,
  keys: Map<string, string | number>,
  ofProvider: OfProvider,
  referredBy: ReferredBy,
): Promise<Finding | string> {
  const { urn } = step;
  const lookup = LOOKUPS[typeOf(urn)];
  const what = (lookup?.what ?? OWN_WORDS[typeOf(urn)])?.(step) ?? nameOf(urn);
  const known = lookup?.named?.(step);
  const base = { urn, name: nameOf(urn), what, ...(known !== undefined && { known }) };
  if (step.oldState) {
    const { id = "", outputs } = step.oldState;
    // Applications and flows are known to Pulumi by their slug, and to other objects by their uuid.
    const uuid = outputs?.["uuid"];
    keys.set(urn, typeof uuid === "string" ? uuid : id);
    return { ...base, status: "ours", id, remarks: [] };
  }
  if (!lookup) return { ...base, status: "own", remarks: [] };
  const refer: Refer = (property) => {
    const value = given(step, property);
    if (typeof value === "string" || typeof value === "number") return value;
    const dependency = dependencyOf(step, property);
    return dependency === undefined ? undefined : keys.get(dependency);
  };
  const candidates = await lookup.find(step, systems, refer, ofProvider, referredBy);
  const [only, second] = candidates;
  if (!only) return { ...base, status: "missing", remarks: [] };
  if (second) return `${what} (${base.name}) could be any of ${candidates.map(described).join(" and ")}`;
  if (only.otherKind !== undefined)
    return `${what} (${base.name}) is there as another kind: ${described(only)}; rename or remove it`;
  keys.set(urn, only.key ?? only.id);
  const { id, lost = [], remarks = [] } = only;
  const losses = lost.map(
    (name) => `its ${name} would go: move it to another item, or set the pusher's itemTitle`,
  );
  return { ...base, status: "there", id, remarks: [...remarks, ...losses], ...(lost.length > 0 && { lost }) };
}

function refersTo({ newState }: PlannedStep, { urn }: PlannedStep): boolean {
  return Object.values(newState?.propertyDependencies ?? {}).some((urns) => urns?.includes(urn));
}

function described({ id, otherKind }: Candidate): string {
  return otherKind === undefined ? id : `${id} (${otherKind})`;
}
