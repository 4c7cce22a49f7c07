import type { Candidate, Systems } from "./candidates";
import type { ProviderInput, ResolveReference, DependentsOfType } from "./lookup";
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

/** One resource that the program declares, and the object found for it. */
export interface Finding {
  readonly urn: string;
  /** Logical name. */
  readonly name: string;
  /** Its kind and name, for users. */
  readonly what: string;
  /** Its name in its system, if it has one. */
  readonly known?: string;
  /**
   * `ours`: in the stack's state already; `there`: exists and can be adopted; `missing`: `pulumi up` creates it; `own`: only the
   * program knows it, such as a deploy or a proof; no system has an object for it.
   */
  readonly status: "ours" | "there" | "missing" | "own";
  /** Pulumi's id, also for the import. */
  readonly id?: string;
  readonly remarks: readonly string[];
  /** User-added parts that the first update would delete. */
  readonly lost?: readonly string[];
}

/** Several objects, or one of another kind, could be a resource of the program. Nothing was changed. */
export class AmbiguousError extends Error {
  override readonly name = "AmbiguousError";

  constructor(readonly problems: readonly string[]) {
    super(`nothing was adopted:\n${problems.map((problem) => `  ${problem}`).join("\n")}`);
  }
}

/** The first update would delete user-added fields, and --lose-fields was not given. Nothing was changed. */
export class LossError extends Error {
  override readonly name = "LossError";

  constructor(readonly losses: readonly string[]) {
    super(
      "nothing was adopted, because the first update would delete these user-added fields:\n" +
        `${losses.map((line) => `  ${line}`).join("\n")}\n` +
        "move them to another item, set the pusher's itemTitle, or add --lose-fields",
    );
  }
}

/** @throws LossError if user-added fields would be deleted */
export function refuseLosses(findings: readonly Finding[]): void {
  const losses = findings.flatMap(({ lost = [], what }) => lost.map((name) => `${what}: ${name}`));
  if (losses.length > 0) throw new LossError(losses);
}

/**
 * Finds the objects that the program would create and that exist already, by their name or id in each system.
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
  // In the plan's order a resource comes after its dependencies.
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
  ofProvider: ProviderInput,
  referredBy: DependentsOfType,
): Promise<Finding | string> {
  const { urn } = step;
  const lookup = LOOKUPS[typeOf(urn)];
  const what = (lookup?.what ?? OWN_WORDS[typeOf(urn)])?.(step) ?? nameOf(urn);
  const known = lookup?.named?.(step);
  const base = { urn, name: nameOf(urn), what, ...(known !== undefined && { known }) };
  if (step.oldState) {
    const { id = "", outputs } = step.oldState;
    // Pulumi's id of applications and flows is their slug; other objects refer to them by uuid.
    const uuid = outputs?.["uuid"];
    keys.set(urn, typeof uuid === "string" ? uuid : id);
    return { ...base, status: "ours", id, remarks: [] };
  }
  if (!lookup) return { ...base, status: "own", remarks: [] };
  const refer: ResolveReference = (property) => {
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
    return `${what} (${base.name}) exists as another kind: ${described(only)}; rename or remove it`;
  keys.set(urn, only.key ?? only.id);
  const { id, lost = [], remarks = [] } = only;
  const losses = lost.map(
    (name) => `its ${name} would be deleted: move it to another item, or set the pusher's itemTitle`,
  );
  return { ...base, status: "there", id, remarks: [...remarks, ...losses], ...(lost.length > 0 && { lost }) };
}

function refersTo({ newState }: PlannedStep, { urn }: PlannedStep): boolean {
  return Object.values(newState?.propertyDependencies ?? {}).some((urns) => urns?.includes(urn));
}

function described({ id, otherKind }: Candidate): string {
  return otherKind === undefined ? id : `${id} (${otherKind})`;
}
