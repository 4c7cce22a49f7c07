import { classEnd, doublestarMatches, isWellFormed, OPEN_ENDINGS, readClass, tailsOf } from "./glob-match";

/*
 * Common repository names of globs. A glob becomes one automaton, the grammar of repository names another, and their
 * product is searched, shortest name first, so "no name" is a proof. The automaton of a glob accepts every name that
 * zot matches. With braces, classes or a / at the end it may accept more, because zot's rule misses some readings of
 * these (glob-match.ts); "no name" stays true.
 */

/** A glob with one alternative of each brace. */
interface Reading {
  readonly text: string;
  /** A former brace: zot treats such a place as the start of a segment. */
  readonly seams: ReadonlySet<number>;
}

/**
 * The position `at` in a reading's text. "star" and "skip" follow a star or a `**`, which may match more; "all" is
 * inside of a last `**`.
 */
interface State {
  readonly reading: Reading;
  readonly at: number;
  readonly segmentStarts: boolean;
  readonly mode: "plain" | "star" | "skip" | "all";
}

/** More than anybody writes by hand. */
const MOST_READINGS = 1000;

export class TooManyReadings extends Error {
  override readonly name = "TooManyReadings";
  readonly most = MOST_READINGS;
}

/** A name, or all names below one: only a certain match can exclude names. */
const READ_EXACTLY = /^[a-z0-9._/-]+(\/\*\*)?$/;

/** Letters and digits first, for readable names. */
const CHARS = Array.from("abcdefghijklmnopqrstuvwxyz0123456789/-._");

/** zot's NameRegexp (its pkg/regexp): the possible next characters in a repository name. "word" may end one. */
type Part = "start" | "word" | "dot" | "underscore" | "underscores" | "dashes";

function grammar(part: Part, char: string): Part | undefined {
  if (/[a-z0-9]/.test(char)) return "word";
  if (part === "word") return ({ "/": "start", ".": "dot", _: "underscore", "-": "dashes" } as const)[char];
  if (part === "underscore" && char === "_") return "underscores";
  return part === "dashes" && char === "-" ? "dashes" : undefined;
}

export interface CommonName {
  readonly name: string;
  /** False if zot may match less than the automata, and no name was found that all globs certainly match. */
  readonly certain: boolean;
}

/**
 * A repository name that all of the globs match and none of the others; undefined if there is none.
 *
 * @param others count if they are a name or all names below one, such as `docker.io/**`.
 * @throws TooManyReadings
 */
export function commonName(globs: readonly string[], others: readonly string[] = []): CommonName | undefined {
  if (haveNoStart(globs)) return undefined;
  let first: CommonName | undefined;
  for (const name of commonNames(
    globs,
    others.filter((glob) => READ_EXACTLY.test(glob)),
  )) {
    if (globs.every((glob) => doublestarMatches(glob, name))) return { name, certain: true };
    first ??= { name, certain: false };
  }
  return first;
}

/**
 * Whether zot certainly matches every name with `outer` that it may match with `inner`. False if that is unknown.
 *
 * @throws TooManyReadings
 */
export function isWithin(inner: string, outer: string): boolean {
  if (inner === outer || outer === "**") return true;
  if (isOneName(inner)) return doublestarMatches(outer, inner);
  if (haveNoStart([inner, outer]) || !isReadExactly(outer)) return false;
  const start = startOf(outer);
  if (outer === `${start}**` && start.endsWith("/") && startOf(inner).startsWith(start)) return true;
  return commonNames([inner], [outer]).next().done === true;
}

/** The literal prefix of a glob's names, up to its first wildcard. */
function startOf(glob: string): string {
  return /^[^*?[{\\]*/.exec(glob)?.[0] ?? "";
}

function isOneName(glob: string): boolean {
  return startOf(glob) === glob;
}

/**
 * Most pairs of globs have different prefixes, and need no search. A `**` after a slash also matches nothing, slash
 * included.
 */
function haveNoStart(globs: readonly string[]): boolean {
  const starts = globs.map((glob) => {
    const start = startOf(glob);
    return isOneName(glob) ? `${start}\n` : start.replace(/\/$/, "");
  });
  return starts.some((one, index) =>
    starts.slice(index + 1).some((other) => !one.startsWith(other) && !other.startsWith(one)),
  );
}

/**
 * Whether a glob's automaton accepts no more than zot matches. Braces are read as their alternatives if they are at
 * the start of a segment, which they are for zot as well.
 */
function isReadExactly(glob: string): boolean {
  if (/[[\]\\]|\/$|[^/{,]\{/.test(glob)) return false;
  return readingsOf(glob).every(({ text }) => !/[^/]\*\*|\*\*[^/]|\/$/.test(text));
}

function* commonNames(globs: readonly string[], others: readonly string[]): Generator<string> {
  const automata = [...globs, ...others].map((glob) => new Automaton(glob));
  const start = { name: "", part: "start" as Part, sets: automata.map((each) => each.start()) };
  const seen = new Set<string>();
  const waiting = [start];
  for (const { name, part, sets } of waiting) {
    for (const char of CHARS) {
      const next = grammar(part, char);
      const ahead = automata.map((each, index) => each.after(sets[index] ?? "", char));
      const key = `${next ?? ""} ${ahead.join(" ")}`;
      if (next === undefined || ahead.slice(0, globs.length).includes("") || seen.has(key)) continue;
      seen.add(key);
      waiting.push({ name: name + char, part: next, sets: ahead });
      if (next !== "word") continue;
      if (automata.every((each, index) => each.accepts(ahead[index] ?? "") === index < globs.length))
        yield name + char;
    }
  }
}

/** Sets of states have a name, so that each is computed once. The name of the empty set is empty. */
class Automaton {
  private readonly readings: readonly Reading[];
  private readonly sets = new Map<string, readonly State[]>();
  private readonly steps = new Map<string, string>();

  constructor(glob: string) {
    this.readings = readingsOf(glob);
  }

  start(): string {
    return this.named(
      this.readings.map((reading) => ({ reading, at: 0, segmentStarts: true, mode: "plain" as const })),
    );
  }

  after(set: string, char: string): string {
    const step = `${char}${set}`;
    let next = this.steps.get(step);
    if (next === undefined) {
      next = this.named((this.sets.get(set) ?? []).flatMap((state) => afterState(state, char)));
      this.steps.set(step, next);
    }
    return next;
  }

  accepts(set: string): boolean {
    return (this.sets.get(set) ?? []).some(
      ({ reading, at, mode }) =>
        mode === "all" || (mode !== "skip" && OPEN_ENDINGS.includes(reading.text.slice(at))),
    );
  }

  private named(states: readonly State[]): string {
    const byKey = new Map(
      states.map((state) => [
        `${this.readings.indexOf(state.reading)}:${state.at}${state.segmentStarts ? "^" : ""}${state.mode}`,
        state,
      ]),
    );
    const name = [...byKey.keys()].sort().join(",");
    this.sets.set(name, [...byKey.values()]);
    return name;
  }
}

/** The next states for one character. A star is only passed if a character follows, as in zot's rule. */
function afterState(state: State, char: string): State[] {
  const { mode, reading, at } = state;
  if (mode === "all") return [state];
  if (mode === "skip") {
    return char === "/" ? [state, { ...state, segmentStarts: true, mode: "plain" }] : [state];
  }
  if (mode === "star") {
    const beyond = afterState({ reading, at, segmentStarts: false, mode: "plain" }, char);
    return char === "/" ? beyond : [state, ...beyond];
  }
  if (!state.segmentStarts && reading.seams.has(at)) {
    return [...afterPlain(state, char), ...afterPlain({ ...state, segmentStarts: true }, char)];
  }
  return afterPlain(state, char);
}

function afterPlain(state: State, char: string): State[] {
  const { text } = state.reading;
  const first = text[state.at];
  if (first === "*") return afterStar(state, char);
  if (first === "?") return char === "/" ? [] : [beyond(state, state.at + 1, false)];
  if (first === "[") {
    const read = readClass(text, state.at, char);
    return read?.fits === true ? [beyond(state, read.next, false)] : [];
  }
  const at = first === "\\" ? state.at + 1 : state.at;
  return text[at] === char ? [beyond(state, at + 1, char === "/")] : [];
}

/**
 * A `**` may consist of two texts that braces joined. zot read the first of them alone, and reads both as one when it
 * retries an earlier `**`.
 */
function afterStar(state: State, char: string): State[] {
  const { text, seams } = state.reading;
  const single = (length: number) =>
    afterState({ ...state, at: state.at + length, segmentStarts: false, mode: "star" }, char);
  if (text[state.at + 1] !== "*") return single(1);
  const asSingle = [
    ...(seams.has(state.at + 1) ? single(1) : []),
    ...(seams.has(state.at + 2) ? single(2) : []),
  ];
  const at = state.at + 2;
  if (state.segmentStarts && at === text.length) return [...asSingle, { ...state, at, mode: "all" }];
  if (!state.segmentStarts || text[at] !== "/") return [...asSingle, ...single(2)];
  const inner = beyond(state, at + 1, true);
  return [...asSingle, ...afterState(inner, char), ...afterState({ ...inner, mode: "skip" }, char)];
}

function beyond({ reading }: State, at: number, segmentStarts: boolean): State {
  return { reading, at, segmentStarts, mode: "plain" };
}

/** As in zot: an alternative and the text after the brace are one text, continued at the brace's position. */
function readingsOf(glob: string): Reading[] {
  const done: Reading[] = [];
  const waiting = isWellFormed(glob) ? [{ text: glob, at: 0, seams: new Set<number>() }] : [];
  for (let entry = waiting.pop(); entry; entry = waiting.pop()) {
    const { text, at, seams } = entry;
    const brace = nextBrace(text, at);
    if (brace === undefined) done.push({ text, seams });
    else
      waiting.push(
        ...pasted(text, brace).map((each) => ({ text: each, at: brace, seams: new Set([...seams, brace]) })),
      );
    if (done.length + waiting.length > MOST_READINGS) throw new TooManyReadings();
  }
  return done;
}

function pasted(text: string, brace: number): string[] {
  return (tailsOf(text, brace) ?? []).map((tail) => text.slice(0, brace) + tail);
}

function nextBrace(text: string, from: number): number | undefined {
  let at = from;
  while (at < text.length && text[at] !== "{") {
    const end = text[at] === "[" ? classEnd(text, at) : at;
    if (end === -1) return undefined; // the class is not closed, so nothing matches from here on
    at = text[at] === "\\" ? at + 2 : end + 1;
  }
  return at < text.length ? at : undefined;
}
