import { randomUUID } from "node:crypto";
import { z } from "zod";
import { hasUnknown, UNKNOWN } from "./values";
import type { Resource, Values } from "./deployment";
import { typeOf } from "./plan";
import { isProvider, STACK } from "./types";

/*
 * The file that `pulumi preview --save-plan` writes: what the program registers, and what would become of it, with its secrets
 * encrypted by the stack's own key. They go into the state as they stand here, and are never decrypted on the way.
 */
const goal = z.looseObject({
  type: z.string(),
  custom: z.boolean(),
  parent: z.string().optional(),
  provider: z.string().optional(),
  protect: z.boolean().optional(),
  dependencies: z.array(z.string()).nullish(),
  propertyDependencies: z.record(z.string(), z.array(z.string()).nullable()).nullish(),
  additionalSecretOutputs: z.array(z.string()).nullish(),
  inputDiff: z.looseObject({ adds: z.record(z.string(), z.unknown()).optional() }).optional(),
});
const planned = z.looseObject({
  goal,
  steps: z.array(z.string()).nullish(),
  state: z.record(z.string(), z.unknown()).nullish(),
});
const schema = z.looseObject({ resourcePlans: z.record(z.string(), planned) });

export type PlannedResource = z.output<typeof planned>;
/** By URN. */
export type SavedPlan = ReadonlyMap<string, PlannedResource>;

/** @throws Error where the CLI wrote another form */
export function parseSavedPlan(text: string): SavedPlan {
  const parsed = schema.safeParse(JSON.parse(text));
  if (!parsed.success) throw new Error("pulumi preview --save-plan wrote an unknown format");
  return new Map(Object.entries(parsed.data.resourcePlans));
}

/** How a resource stands in the state. */
export interface CompletedState {
  readonly id: string;
  readonly inputs: Values;
  readonly outputs: Values;
}

/**
 * The resource as a deploy would have left it in the state. What is not known before the next one is left out: an engine that reads it
 * back hands providers nothing in its place.
 */
export function completedResource(
  urn: string,
  { goal: wanted }: PlannedResource,
  made: CompletedState,
): Resource {
  const { type, parent, provider, protect, additionalSecretOutputs } = wanted;
  return {
    ...{ urn, type, custom: true },
    id: made.id,
    inputs: withoutUnknown(made.inputs),
    outputs: withoutUnknown(made.outputs),
    ...(parent !== undefined && { parent }),
    ...(provider !== undefined && { provider }),
    ...(protect === true && { protect }),
    ...dependencies(wanted),
    ...(additionalSecretOutputs && { additionalSecretOutputs }),
  };
}

function withoutUnknown<T extends object>(properties: T): T {
  return Object.fromEntries(Object.entries(properties).filter(([, value]) => !hasUnknown(value))) as T;
}

/** What a resource rests on, by the program. */
export function dependencies({ dependencies: all, propertyDependencies: each }: PlannedResource["goal"]) {
  return { ...(all && { dependencies: all }), ...(each && { propertyDependencies: each }) };
}

/** Without dependencies on what is not in the state: the next `pulumi up` makes it, and notes them then. */
export function withoutStrangers(resources: readonly Resource[]): Resource[] {
  const known = new Set(resources.map(({ urn }) => urn));
  const only = (urns: readonly string[] | null) => urns?.filter((urn) => known.has(urn)) ?? [];
  return resources.map((resource) => {
    const { dependencies: all, propertyDependencies: each } = resource;
    return {
      ...resource,
      ...(all && { dependencies: only(all) }),
      ...(each && {
        propertyDependencies: Object.fromEntries(
          Object.entries(each).map(([property, urns]) => [property, only(urns)]),
        ),
      }),
    };
  });
}

/**
 * Providers by default are made with the first resource that needs them, and what was imported may need others: those that the
 * state lacks are made here, as the engine would, and given to the resources that wait for them.
 */
export function withProviders(resources: readonly Resource[], plan: SavedPlan): Resource[] {
  const known = new Map(resources.filter(({ type }) => isProvider(type)).map(({ urn, id }) => [urn, id]));
  const made: Resource[] = [];
  const settled = resources.map((resource) => {
    const [, urn] = /^(.*)::([^:]*)$/.exec(resource.provider ?? "") ?? [];
    if (urn === undefined || !resource.provider?.endsWith(UNKNOWN)) return resource;
    const id = known.get(urn) ?? randomUUID();
    if (!known.has(urn)) {
      const found = plan.get(urn);
      made.push({
        ...{ urn, type: typeOf(urn), custom: true, id },
        inputs: found?.goal.inputDiff?.adds ?? {},
        outputs: found?.state ?? {},
      });
      known.set(urn, id);
    }
    return { ...resource, provider: `${urn}::${id}` };
  });
  return [...made, ...settled];
}

/**
 * With the components that they stand under, and the stack itself: Pulumi's import brings the parents of what it imports, and
 * where it imports nothing there are none yet. The engine takes no state in which a parent is missing or comes later.
 */
export function withParents(resources: readonly Resource[], plan: SavedPlan): Resource[] {
  const known = new Set(resources.map(({ urn }) => urn));
  const made: Resource[] = [];
  const make = (urn: string | undefined): void => {
    const found = urn === undefined ? undefined : plan.get(urn);
    if (urn === undefined || !found || found.goal.custom || known.has(urn)) return;
    const { type, parent } = found.goal;
    known.add(urn);
    make(parent);
    made.push({ urn, type, custom: false, ...(parent !== undefined && { parent }) });
  };
  for (const { parent } of resources) make(parent);
  return [...made, ...resources];
}

/**
 * In the order in which the program registers them, so that each comes after those that it depends on. Providers come first,
 * after the stack itself: settings of theirs rest on no resource.
 */
export function inOrder(resources: readonly Resource[], urns: readonly string[]): Resource[] {
  const places = new Map(urns.map((urn, index) => [urn, index]));
  const rank = ({ urn, type }: Resource) => {
    if (type === STACK) return -2;
    if (isProvider(type)) return -1;
    return places.get(urn) ?? urns.length;
  };
  return [...resources].sort((left, right) => rank(left) - rank(right));
}
