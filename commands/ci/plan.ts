import { OWN } from "../../systems/pulumi/types";

/** One resource that a preview would touch. */
export interface Change {
  readonly operation: string;
  /** e.g. `zot-access:index:ZotApiKey` */
  readonly type: string;
  readonly name: string;
}

const STEP = /^\s*(?:[-+~]{1,2})\s*([\w:/.@-]+): \(([a-z-]+)\)/;
const URN = /\[urn=urn:pulumi:[^\]]*::([^\]:]+(?::[^\]:]+)*)\]/;
/** The outputs of a stack and of a component change with what is in them. */
const CONTAINER = /^pulumi:pulumi:Stack$/;

/**
 * What `pulumi preview --diff` would do, in its order; nothing where it says that nothing changes.
 *
 * @throws Error where its closing counts tell of changes and no step could be read: a change unseen would pass for none.
 */
export function changesIn(output: string): Change[] {
  const changes = new Map<string, Change>();
  const lines = output.split("\n");
  lines.forEach((line, index) => {
    const [, type = "", operation = ""] = STEP.exec(line) ?? [];
    if (type === "" || CONTAINER.test(type) || operation === "refresh" || operation === "read") return;
    const urn = lines.slice(index + 1, index + 4).find((next) => next.includes("[urn="));
    const name =
      URN.exec(urn ?? "")?.[1]
        ?.split("::")
        .at(-1) ?? "";
    // A replacement is several steps; the first of them names it best.
    const key = `${type} ${name}`;
    if (!changes.has(key)) changes.set(key, { operation, type, name });
  });
  const counts = /^Resources:\n((?:[ \t]+\S.*\n?)+)/m.exec(output)?.[1];
  if (changes.size === 0 && (counts === undefined || /\d+ to /.test(counts))) {
    throw new Error("Pulumi's preview cannot be read: it is not of the form that commands/ci/plan.ts knows");
  }
  return [...changes.values()];
}

/** `2 to update, 1 to create: registry-config, …`, or that nothing changes. */
export function summarize(changes: readonly Change[]): string {
  if (changes.length === 0) return "no change";
  const counts = new Map<string, number>();
  for (const { operation } of changes) counts.set(operation, (counts.get(operation) ?? 0) + 1);
  return [...counts].map(([operation, count]) => `${count} to ${operation}`).join(", ");
}

/** The provider's words, provider/zot-api-key.ts; a key that is dead for another reason is announced otherwise. */
const DUE = /renewal due: key /;
const KEY = OWN.apiKey;
const RETIREMENT = OWN.retiredKeys;
/** Who changes because the key does. */
const FOLLOWERS = [
  /^onepassword:index[/:]/,
  /^zot-access:index:(KeyHistory|ActionsSecret|AccessProof|RetiredKeys)$/,
  /^kubernetes:/,
];

export type Night = "clean" | "due" | "drift";

/**
 * What a preview against reality means to the nightly run. `due` is work that the calendar asks for, and nothing else: a
 * key that is to be renewed with those who hold it, or replaced keys whose time is over. All else is drift, a key that
 * somebody revoked with it: who did that may have had a reason.
 */
export function judgeNight(output: string, changes: readonly Change[]): Night {
  if (changes.length === 0) return "clean";
  const renewed = changes.some(({ type, operation }) => type === KEY && operation.includes("replace"));
  const expected = ({ type, operation }: Change) =>
    renewed && DUE.test(output)
      ? (type === KEY && operation.includes("replace")) ||
        (operation === "update" && FOLLOWERS.some((follower) => follower.test(type)))
      : type === RETIREMENT && operation === "update";
  return changes.every(expected) ? "due" : "drift";
}
