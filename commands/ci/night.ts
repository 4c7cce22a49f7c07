import { type PlannedStep, typeOf } from "../../systems/pulumi/plan";
import { COMPONENT, ITEM, KUBERNETES, OWN } from "../../systems/pulumi/types";
import { UNKNOWN } from "../../systems/pulumi/values";
import { changesIn } from "./plan";

/*
 * What a nightly run may deploy by itself. No message or value is evaluated: only the resource's URN, the operation,
 * and the changed properties.
 */

/** A resource that changes because a key does. */
interface Follower {
  /** The end of its URN. */
  readonly urn: RegExp;
  /** The properties that a key changes. */
  readonly properties: readonly string[];
  /** The ids of its keys, if the plan shows them. */
  readonly holds?: (values: Readonly<Record<string, unknown>>) => unknown;
}

/** By component and type, because each pusher may have its own component. */
const within = (component: string, type: string, name: string) =>
  new RegExp(`\\b${escaped(component)}\\$${escaped(type)}::${name}$`);
const escaped = (text: string) => text.replace(/[/.]/g, "\\$&");

const HISTORY: Follower = {
  urn: within(COMPONENT.ciCredential, OWN.keyHistory, ".+-keys"),
  properties: ["key", "uuid", "createdAt", "expiresAt", "adopted"],
  holds: ({ uuid }) => uuid,
};
const RETIRED: Follower = {
  urn: within(COMPONENT.keyRetirement, OWN.retiredKeys, ".+-retired"),
  properties: ["key", "uuid", "former", "holders"],
  holds: ({ uuid }) => uuid,
};
const FOLLOWERS: readonly Follower[] = [
  { urn: within(COMPONENT.ciCredential, ITEM, ".+-note"), properties: ["sectionMap"] },
  HISTORY,
  { urn: within(COMPONENT.ciCredential, ITEM, ".+-item"), properties: ["password", "sectionMap"] },
  {
    urn: within(COMPONENT.actionsSecrets, OWN.actionsSecret, ".+"),
    properties: ["value", "keyId"],
    holds: ({ keyId }) => keyId,
  },
  {
    urn: within(COMPONENT.accessVerification, OWN.accessProof, ".+-matrix"),
    properties: ["identities", "keyId"],
    holds: ({ keyId }) => keyId,
  },
  {
    urn: within(COMPONENT.clusterCredential, KUBERNETES.secret, ".+"),
    properties: ["data", "metadata"],
    holds: ({ metadata }) => keyIdIn(metadata),
  },
  {
    urn: within(COMPONENT.clusterCredential, KUBERNETES.externalSecret, ".+"),
    properties: ["metadata", "spec"],
    holds: ({ metadata }) => keyIdIn(metadata),
  },
  RETIRED,
];

function keyIdIn(metadata: unknown): unknown {
  const annotations = isMap(metadata) ? metadata["annotations"] : undefined;
  if (!isMap(annotations)) return undefined;
  return Object.entries(annotations).find(([name]) => name.endsWith("/key-id"))?.[1];
}

/**
 * The replace reason if only the calendar requires it (provider/zot-api-key.ts); a dead key is replaced for another
 * reason.
 */
const CALENDAR = "expiresAt";

/**
 * The changes of a preview that the calendar did not cause. With the calendar held (`HELD`) no renewal hides
 * anything. A difference is then drift, an undeployed merge, or the rest of an interrupted renewal. The key in use
 * identifies the latter: it is the key that the remaining consumers would get.
 */
export function driftIn(held: readonly PlannedStep[]): PlannedStep[] {
  const inUse = new Set(
    held.filter(({ op, urn }) => op === "same" && typeOf(urn) === OWN.apiKey).map((step) => idOf(step)),
  );
  const changes = changesIn(held);
  const given = (step: PlannedStep, { holds }: Follower) => {
    const had = idsOf(holds?.(before(step)));
    return idsOf(holds?.(step.newState?.inputs ?? {})).filter((id) => !had.includes(id));
  };
  const hasKeyInUse = (ids: readonly string[]) => ids.length > 0 && ids.every((id) => inUse.has(id));
  // Until a key is recorded, the consumers' next key is unknown.
  const unwritten = changes.some((step) => HISTORY.urn.test(step.urn) && hasKeyInUse(given(step, HISTORY)));
  const lacks = (step: PlannedStep, follower: Follower) => {
    const now = given(step, follower);
    return (
      hasKeyInUse(now) || (unwritten && now.length > 0 && now.every((id) => id === UNKNOWN || inUse.has(id)))
    );
  };
  // It comes last, after all consumers have the key.
  const cutOff = changes.filter((step) => RETIRED.urn.test(step.urn) && lacks(step, RETIRED));
  const ofCutOff = new Set(cutOff.map(({ urn }) => pusherIn(urn)));
  return changes.filter((step) => {
    const follower = followerOf(step);
    if (!follower || cutOff.length === 0) return true;
    if (follower.holds) return !lacks(step, follower);
    // The key of an item is masked in the plan; a manual change would only change one of the two properties.
    return !ofCutOff.has(pusherIn(step.urn)) || differing(step).length < follower.properties.length;
  });
}

/** Several keys' ids are separated by commas. */
function idsOf(held: unknown): string[] {
  return typeof held === "string" ? held.split(",") : [];
}

/** The pusher of a key's item, note or retirement, by the logical names that components/ gives. */
function pusherIn(urn: string): string | undefined {
  return /::(?:pusher|old-keys)-(.+)-(?:item|note|retired)$/.exec(urn)?.[1];
}

/** What a preview would do in addition to renewing keys and revoking those whose grace period is over. */
export function unaskedIn(steps: readonly PlannedStep[]): PlannedStep[] {
  return changesIn(steps).filter((step) => {
    if (typeOf(step.urn) !== OWN.apiKey) {
      const follower = followerOf(step);
      return !follower || !getsKey(step, follower);
    }
    const reasons = step.replaceReasons ?? [];
    return step.op !== "replace" || reasons.length === 0 || reasons.some((reason) => reason !== CALENDAR);
  });
}

/** Whether it gets another key, as far as it shows its key; the retirement of a key does not show the one in use. */
function getsKey(step: PlannedStep, { holds, urn }: Follower): boolean {
  return !holds || urn === RETIRED.urn || holds(step.newState?.inputs ?? {}) !== holds(before(step));
}

/** The follower of a step that only changes what a key changes. */
function followerOf(step: PlannedStep): Follower | undefined {
  if (step.op !== "update") return undefined;
  const follower = FOLLOWERS.find(({ urn }) => urn.test(step.urn));
  return follower && differing(step).every((name) => follower.properties.includes(name))
    ? follower
    : undefined;
}

/**
 * Names of the changed properties. If the plan masks values, other providers report which ones differ; the program's
 * own does not.
 */
function differing(step: PlannedStep): string[] {
  const { detailedDiff, diffReasons, newState } = step;
  if (detailedDiff) {
    const paths = [...Object.keys(detailedDiff), ...(diffReasons ?? [])];
    return [...new Set(paths.map((path) => path.split(/[.[]/)[0] ?? path))];
  }
  const [old, news] = [before(step), newState?.inputs ?? {}];
  const names = new Set([...Object.keys(news), ...Object.keys(step.oldState?.inputs ?? {})]);
  return [...names].filter((name) => JSON.stringify(old[name]) !== JSON.stringify(news[name]));
}

/** The current values: the outputs are from the refresh. */
function before({ oldState }: PlannedStep): Readonly<Record<string, unknown>> {
  return { ...oldState?.inputs, ...oldState?.outputs };
}

function idOf({ newState, oldState }: PlannedStep): string {
  return newState?.id ?? oldState?.id ?? "";
}

function isMap(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
