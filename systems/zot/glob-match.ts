/*
 * The matching rule of Go's doublestar 4.10.0 (bmatcuk/doublestar, its match.go), which zot 2.1.15 to 2.1.20 applies
 * to each glob of accessControl.repositories. It is not a regular expression. Alternatives are pasted into the text
 * of the pattern, so stars of two parts become one `**`. A `**` counts at the start of a segment, and an alternative
 * counts as such a place. Only the last star and the last `**` are retried. At the end of a name only a few endings
 * of the pattern match. docs/zot-measured.md describes the comparison with the original.
 */

/**
 * "malformed": doublestar returns an error, which zot treats as "does not match". Other alternatives are not tried
 * then.
 */
type MatchResult = boolean | "malformed";

/** A position to continue from: an index of the pattern, and one of the name. */
interface Place {
  readonly pattern: number;
  readonly name: number;
}

interface Attempt {
  readonly pattern: string;
  place: Place;
  /** A `**` here stands for whole segments. */
  segmentStarts: boolean;
  /** Right after the last star; the name's index advances with each retry. */
  star?: Place | undefined;
  /** Right after the last `**` and its slash. */
  doubleStar?: Place | undefined;
}

/** The result of one step. "stuck": this character of the name does not fit. */
type Step = "moved" | "stuck" | { verdict: MatchResult };

/** The rest of a pattern that may match the empty rest of a name: doublestar knows these endings and no others. */
export const OPEN_ENDINGS: readonly string[] = ["", "*", "**", "/**", "**/", "/**/"];

/** Whether zot matches `name` with `pattern`. A pattern that zot refuses matches nothing. */
export function doublestarMatches(pattern: string, name: string): boolean {
  return run({ pattern, place: { pattern: 0, name: 0 }, segmentStarts: true }, name) === true;
}

function run(attempt: Attempt, name: string): MatchResult {
  for (;;) {
    const rest = attempt.pattern.slice(attempt.place.pattern);
    if (attempt.place.name >= name.length) return mayEndBefore(rest);
    const step = rest === "" ? "stuck" : take(attempt, name);
    if (typeof step === "object") return step.verdict;
    if (step === "moved" || triesAgain(attempt, name)) continue;
    return isWellFormed(attempt.pattern.slice(attempt.place.pattern)) ? false : "malformed";
  }
}

function take(attempt: Attempt, name: string): Step {
  const { pattern, place } = attempt;
  const char = characterAt(name, place.name);
  switch (pattern[place.pattern]) {
    case "*":
      return takeStar(attempt);
    case "?":
      attempt.segmentStarts = false;
      return char === "/" ? "stuck" : moveTo(attempt, place.pattern + 1, char);
    case "[":
      attempt.segmentStarts = false;
      return takeClass(attempt, char);
    case "{":
      return { verdict: takeAlternatives(attempt, name) };
    case "\\":
      if (place.pattern + 1 >= pattern.length) return { verdict: "malformed" };
      return takeLiteral(attempt, place.pattern + 1, char);
    default:
      return takeLiteral(attempt, place.pattern, char);
  }
}

function takeLiteral(attempt: Attempt, at: number, char: string): Step {
  if (characterAt(attempt.pattern, at) !== char) return "stuck";
  attempt.segmentStarts = char === "/";
  return moveTo(attempt, at + char.length, char);
}

function takeStar(attempt: Attempt): Step {
  const { pattern, place } = attempt;
  const isDouble = pattern[place.pattern + 1] === "*";
  const after = place.pattern + (isDouble ? 2 : 1);
  if (isDouble && attempt.segmentStarts) {
    if (after >= pattern.length) return { verdict: true };
    if (pattern[after] === "/") {
      attempt.place = attempt.doubleStar = { pattern: after + 1, name: place.name };
      attempt.star = undefined;
      return "moved";
    }
  }
  attempt.segmentStarts = false;
  attempt.place = attempt.star = { pattern: after, name: place.name };
  return "moved";
}

function takeClass(attempt: Attempt, char: string): Step {
  const read = readClass(attempt.pattern, attempt.place.pattern, char);
  if (!read) return { verdict: "malformed" };
  if (read.fits) return moveTo(attempt, read.next, char);
  attempt.place = { ...attempt.place, pattern: read.next };
  return "stuck";
}

/** Each alternative is another pattern, continued at the brace's position. The stars before it may be retried. */
function takeAlternatives(attempt: Attempt, name: string): MatchResult {
  const { pattern, place } = attempt;
  return firstThat(pattern, place.pattern, (tail) =>
    run({ ...attempt, pattern: pattern.slice(0, place.pattern) + tail, segmentStarts: true }, name),
  );
}

function moveTo(attempt: Attempt, pattern: number, taken: string): Step {
  attempt.place = { pattern, name: attempt.place.name + taken.length };
  return "moved";
}

/** Go reads whole characters, where an index of a text in JavaScript may be half of one. */
function characterAt(text: string, at: number): string {
  const code = text.codePointAt(at);
  return code === undefined ? "" : String.fromCodePoint(code);
}

function triesAgain(attempt: Attempt, name: string): boolean {
  const { star, doubleStar } = attempt;
  if (star && name[star.name] !== "/") {
    attempt.place = attempt.star = { ...star, name: star.name + characterAt(name, star.name).length };
    attempt.segmentStarts = false;
    return true;
  }
  const slash = doubleStar ? name.indexOf("/", doubleStar.name) : -1;
  if (!doubleStar || slash === -1) return false;
  attempt.place = attempt.doubleStar = { ...doubleStar, name: slash + 1 };
  attempt.segmentStarts = true;
  return true;
}

function mayEndBefore(rest: string): MatchResult {
  if (OPEN_ENDINGS.includes(rest)) return true;
  if (rest.startsWith("{")) return firstThat(rest, 0, mayEndBefore);
  return isWellFormed(rest) ? false : "malformed";
}

/** The first verdict other than "no" for the alternatives of the brace at `brace`, each with the text after the brace. */
function firstThat(pattern: string, brace: number, judge: (tail: string) => MatchResult): MatchResult {
  const tails = tailsOf(pattern, brace);
  if (!tails) return "malformed";
  for (const tail of tails) {
    const verdict = judge(tail);
    if (verdict !== false) return verdict;
  }
  return false;
}

/** `b/x` and `c/x` for the brace of `a{b,c}/x`; undefined if it is not closed. */
export function tailsOf(pattern: string, brace: number): string[] | undefined {
  const tails: string[] = [];
  let depth = 0;
  let from = brace + 1;
  for (let at = brace; at < pattern.length; at += 1) {
    const char = pattern[at];
    if (char === "\\") at += 1;
    else if (char === "{") depth += 1;
    else if (char === "}") depth -= 1;
    const ends = depth === 0 && char === "}";
    if (!ends && !(depth === 1 && char === ",")) continue;
    tails.push(pattern.slice(from, at));
    from = at + 1;
    if (ends) return tails.map((tail) => tail + pattern.slice(at + 1));
  }
  return undefined;
}

/** Whether a character is in the class that opens at `open`, and the end of the class; undefined if it is not closed. */
export function readClass(
  pattern: string,
  open: number,
  char: string,
): { fits: boolean; next: number } | undefined {
  let at = open + 1;
  const negated = pattern[at] === "!" || pattern[at] === "^";
  if (negated) at += 1;
  if (pattern[at] === "]") return undefined;
  let found = false;
  let low: string | undefined;
  while (!found && at < pattern.length && pattern[at] !== "]") {
    const from = pattern[at] === "-" && at + 1 < pattern.length && pattern[at + 1] !== "]" ? low : undefined;
    if (from !== undefined) at += 1;
    if (pattern[at] === "\\") at += 1;
    const here = characterAt(pattern, at);
    found = from === undefined ? here === char : isBetween(from, char, here);
    low = from === undefined ? here : undefined;
    at += here.length;
  }
  if (at >= pattern.length) return undefined;
  if (found === negated) return { fits: false, next: at };
  const end = indexOutside(pattern, at, "]");
  return end === -1 ? undefined : { fits: true, next: end + 1 };
}

function isBetween(low: string, char: string, high: string): boolean {
  const [least, own, most] = [low, char, high].map((each) => each.codePointAt(0) ?? 0);
  return (least ?? 0) <= (own ?? 0) && (own ?? 0) <= (most ?? 0);
}

/** Whether zot accepts the pattern at its start (doublestar's ValidatePattern, which `zot verify` asks). */
export function isWellFormed(pattern: string): boolean {
  let depth = 0;
  for (let at = 0; at < pattern.length; at += 1) {
    const char = pattern[at];
    if (char === "{") depth += 1;
    else if (char === "}") depth -= 1;
    else if (char === "[") {
      at = classEnd(pattern, at);
      if (at === -1) return false;
    } else if (char === "\\") at += 1;
    if (depth < 0 || at >= pattern.length) return false;
  }
  return depth === 0;
}

/** Index of the bracket that closes the class which opens at `open`; -1 if it is empty or not closed. */
export function classEnd(pattern: string, open: number): number {
  const from = open + (/[!^]/.test(pattern.charAt(open + 1)) ? 2 : 1);
  return pattern[from] === "]" ? -1 : indexOutside(pattern, from, "]");
}

/** Index of a character that no backslash escapes. */
function indexOutside(pattern: string, from: number, char: string): number {
  for (let at = from; at < pattern.length; at += 1) {
    if (pattern[at] === "\\") at += 1;
    else if (pattern[at] === char) return at;
  }
  return -1;
}
