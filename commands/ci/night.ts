import { type PlannedStep, typeOf } from "../../systems/pulumi/plan";
import { COMPONENT, ITEM, KUBERNETES, OWN } from "../../systems/pulumi/types";
import { UNKNOWN } from "../../systems/pulumi/values";
import { changesIn } from "./plan";

/*
 * What a night may deploy by itself. Nothing here looks at a message or at a value: only at which resource changes, by its URN,
 * how, and in which properties.
 */

/** A resource that changes because a key does. */
interface Follower {
  /** How its URN ends. */
  readonly urn: RegExp;
  /** All that a key changes in it. */
  readonly properties: readonly string[];
  /** Which keys it has, where the plan shows that: by their ids. */
  readonly holds?: (values: Readonly<Record<string, unknown>>) => unknown;
}

/** Named by the component and the type, since one component may be there for each pusher. */
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

/** Where the calendar alone is the reason, provider/zot-api-key.ts; a key that is dead is replaced for another one. */
const CALENDAR = "expiresAt";

/**
 * What of a preview the calendar did not ask for. With the calendar held (`HELD`) no renewal hides anything: what differs then is
 * drift, or was merged and not deployed, or is left of a renewal that was cut off, which the key in use tells: it is the one that
 * whoever lacks it would be given.
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
  // As long as a key is not written down, nobody's next one is known.
  const unwritten = changes.some((step) => HISTORY.urn.test(step.urn) && hasKeyInUse(given(step, HISTORY)));
  const lacks = (step: PlannedStep, follower: Follower) => {
    const now = given(step, follower);
    return (
      hasKeyInUse(now) || (unwritten && now.length > 0 && now.every((id) => id === UNKNOWN || inUse.has(id)))
    );
  };
  // It comes last, after everybody has the key.
  const cutOff = changes.filter((step) => RETIRED.urn.test(step.urn) && lacks(step, RETIRED));
  const ofCutOff = new Set(cutOff.map(({ urn }) => pusherIn(urn)));
  return changes.filter((step) => {
    const follower = followerOf(step);
    if (!follower || cutOff.length === 0) return true;
    if (follower.holds) return !lacks(step, follower);
    // Which key an item has is blinded: of somebody's hand in it, one of the two alone would tell.
    return !ofCutOff.has(pusherIn(step.urn)) || differing(step).length < follower.properties.length;
  });
}

/** Of several keys there are commas between the ids. */
function idsOf(held: unknown): string[] {
  return typeof held === "string" ? held.split(",") : [];
}

/** Whose a key's item, note or end is. */
function pusherIn(urn: string): string | undefined {
  return /::(?:pusher|old-keys)-(.+)-(?:item|note|retired)$/.exec(urn)?.[1];
}

/** What a preview would do beside the renewal of keys and the end of those whose time is over. */
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

/** Whether it is given another key, as far as it says which one it has; the end of a key is not told by the one in use. */
function getsKey(step: PlannedStep, { holds, urn }: Follower): boolean {
  return !holds || urn === RETIRED.urn || holds(step.newState?.inputs ?? {}) !== holds(before(step));
}

/** A step that changes no more of a follower than a key does. */
function followerOf(step: PlannedStep): Follower | undefined {
  if (step.op !== "update") return undefined;
  const follower = FOLLOWERS.find(({ urn }) => urn.test(step.urn));
  return follower && differing(step).every((name) => follower.properties.includes(name))
    ? follower
    : undefined;
}

/** Names of the properties that change. What the plan blinds is told by providers that say what differs, and not by ours. */
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

/** As it is now: the outputs are what a refresh has read. */
function before({ oldState }: PlannedStep): Readonly<Record<string, unknown>> {
  return { ...oldState?.inputs, ...oldState?.outputs };
}

function idOf({ newState, oldState }: PlannedStep): string {
  return newState?.id ?? oldState?.id ?? "";
}

function isMap(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
