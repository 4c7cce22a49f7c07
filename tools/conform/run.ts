import { randomBytes } from "node:crypto";
import { setTimeout as delay } from "node:timers/promises";
import { type Answered, ask, comparable, type Memory, newMemory, type Side, UnknownName } from "./ask";
import { differences, type Difference, unexpected } from "./compare";
import { expectedOf, type Fact, type KnownDifference } from "./fact";
import type { ComparedSystem } from "./system";
import { messageOf } from "../../systems/text";

/** Names of all that a comparison makes begin so. */
export const PREFIX = "zot-access-conform-";

export interface FoundDifference extends Difference {
  readonly fact: Fact;
  /** Why it may stay; undefined: nobody wrote it down. */
  readonly known?: string;
}

export interface ComparisonResult {
  readonly asked: number;
  readonly found: readonly FoundDifference[];
  /** Known differences that this flavour does not show. */
  readonly gone: readonly KnownDifference[];
  /** What could not be removed. */
  readonly left: readonly string[];
}

export interface Compared {
  readonly side: Side;
  readonly known?: Readonly<Record<string, unknown>>;
}

export interface RunOptions {
  readonly known?: readonly KnownDifference[];
  readonly told?: (fact: Fact, found: readonly FoundDifference[]) => void;
  /** Ends the run before the next question; what was made is removed all the same. */
  readonly signal?: AbortSignal;
  /** How long a server may take to show what was written. */
  readonly patienceMs?: number;
}

const PATIENCE_MS = 120_000;
const AGAIN_MS = 200;

/**
 * What a system answers to the table, and whether that is what the table says and what the stand-in answers. What was made is
 * removed again, also where the run fails or is ended.
 *
 * @throws SystemError where the system gives no answer
 */
export async function conformTo(
  system: ComparedSystem,
  there: Compared,
  standIn: Compared,
  options: RunOptions = {},
): Promise<ComparisonResult> {
  const remove = () => system.cleanUp(there.side, PREFIX, there.known ?? {});
  await remove();
  // What was found, or what failed, is told whatever becomes of the removal.
  const cleanUp = () =>
    remove().catch((error: unknown) => [
      `all whose names begin with ${PREFIX} (${messageOf(error).replace(/\.$/, "")})`,
    ]);
  let compared: Omit<ComparisonResult, "left">;
  try {
    compared = await askAll(system, there, standIn, options);
  } catch (error) {
    const left = await cleanUp();
    if (left.length === 0) throw error;
    throw new Error(`${messageOf(error)}\nNot removed from ${there.side.name}: ${left.join(", ")}`, {
      cause: error,
    });
  }
  return { ...compared, left: await cleanUp() };
}

async function askAll(
  system: ComparedSystem,
  there: Compared,
  standIn: Compared,
  { known = system.known, patienceMs = PATIENCE_MS, told, signal }: RunOptions,
): Promise<Omit<ComparisonResult, "left">> {
  const ns = PREFIX + randomBytes(4).toString("hex");
  const sides: [Asking, Asking] = [
    { side: there.side, memory: newMemory(ns, there.known) },
    { side: standIn.side, memory: newMemory(ns, standIn.known) },
  ];
  const found: FoundDifference[] = [];
  const applying = known.filter(({ flavours }) => flavours?.includes(there.side.flavour) ?? true);
  const asked = system.facts.filter(({ only }) => only?.includes(there.side.flavour) ?? true);
  for (const fact of asked) {
    signal?.throwIfAborted();
    const named = (await compare(fact, sides, patienceMs)).map((each) => ({
      ...each,
      fact,
      ...reasonOf(applying, fact, each),
    }));
    found.push(...named);
    told?.(fact, named);
  }
  const reasons = new Set(found.map((each) => each.known));
  return { asked: asked.length, found, gone: applying.filter(({ reason }) => !reasons.has(reason)) };
}

interface Asking {
  readonly side: Side;
  readonly memory: Memory;
}

async function compare(
  fact: Fact,
  [there, standIn]: readonly [Asking, Asking],
  patienceMs: number,
): Promise<Difference[]> {
  const theirs = await attempt(fact, there, patienceMs);
  const ours = await attempt(fact, standIn, patienceMs);
  if (typeof theirs === "string" || typeof ours === "string") {
    const [one, other] = [theirs, ours].map((each) => (typeof each === "string" ? each : "an answer"));
    return differences(one, other, "answer");
  }
  const unlike = differences(comparable(fact, theirs), comparable(fact, ours), "");
  const places = new Set(unlike.map(({ at }) => at));
  return [
    ...unlike.map((each) => ({ ...each, at: each.at.slice(1) })),
    ...unexpected(theirs, expectedOf(fact, there.side.flavour)).filter(({ at }) => !places.has(`.${at}`)),
  ];
}

/** The answer, or why it could not be asked for: an answer before lacked what it needs. */
async function attempt(fact: Fact, { side, memory }: Asking, patienceMs: number): Promise<Answered | string> {
  const end = Date.now() + (fact.settles ? patienceMs : 0);
  try {
    for (;;) {
      const answered = await ask(side, fact, memory);
      if (Date.now() >= end || unexpected(answered, expectedOf(fact, side.flavour)).length === 0)
        return answered;
      await delay(AGAIN_MS);
    }
  } catch (error) {
    if (error instanceof UnknownName) return error.message;
    throw error;
  }
}

function reasonOf(
  known: readonly KnownDifference[],
  { shows }: Fact,
  { at }: Difference,
): { known?: string } {
  const reason = known.find((each) => covers(each.fact, shows) && covers(each.at, at))?.reason;
  return reason === undefined ? {} : { known: reason };
}

/** Whether a known difference's text stands for another one. */
export function covers(pattern: string, text: string): boolean {
  return pattern.endsWith("*") ? text.startsWith(pattern.slice(0, -1)) : text === pattern;
}
