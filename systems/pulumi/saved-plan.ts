import { randomUUID } from "node:crypto";
import { z } from "zod";
import { hasUnknown, UNKNOWN } from "./values";
import type { Resource, Values } from "./deployment";
import { typeOf } from "./plan";
import { isProvider, STACK } from "./types";

/*
 * The file of `pulumi preview --save-plan`: what the program registers, and the planned operations, with secrets
 * encrypted by the stack's own key. They are copied to the state as they are, and never decrypted.
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

/** @throws Error if the CLI wrote another format */
export function parseSavedPlan(text: string): SavedPlan {
  const parsed = schema.safeParse(JSON.parse(text));
  if (!parsed.success) throw new Error("pulumi preview --save-plan wrote an unknown format");
  return new Map(Object.entries(parsed.data.resourcePlans));
}

/** A resource in the format of the state. */
export interface CompletedState {
  readonly id: string;
  readonly inputs: Values;
  readonly outputs: Values;
}

/**
 * The resource as a deploy would have left it in the state. Unknown values are left out: an engine that reads them
 * back passes nothing to providers instead.
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

/** The program's dependencies of a resource. */
export function dependencies({ dependencies: all, propertyDependencies: each }: PlannedResource["goal"]) {
  return { ...(all && { dependencies: all }), ...(each && { propertyDependencies: each }) };
}

/**
 * Without dependencies on resources that the state lacks: the next `pulumi up` creates them, and records the
 * dependencies then.
 */
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
 * Default providers are created with the first resource that needs them, and imported resources may need others: the
 * missing ones are created here, as the engine would, and assigned to the waiting resources.
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
 * Adds the parent components, and the stack itself: Pulumi's import adds the parents of imported resources, so
 * without an import there are none. The engine refuses a state with a missing or a later parent.
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
 * In the program's order of registration, so that each resource comes after its dependencies. Providers come first,
 * after the stack itself: their settings depend on no resource.
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
