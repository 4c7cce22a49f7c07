// zot matches repositories with Go's doublestar v4 (zot's pkg/api/authz.go). No npm library agrees with it: picomatch
// differs on `*/**` and on `[!a]`, both of which people write. Repository names hold only [a-z0-9._/-], so only globs
// that can match one are accepted, and each translates to one regular expression.

/** A pattern that zot refuses, or reads in another way than it looks. */
export class GlobError extends Error {
  override readonly name = "GlobError";
  constructor(
    readonly glob: string,
    problem: string,
    hint: string,
  ) {
    super(`repository glob "${glob}" ${problem}; ${hint}`);
  }
}

/** The length that zot compares by: bytes of the pattern as it is written. */
export function globLength(glob: string): number {
  return Buffer.byteLength(glob);
}

const compiled = new Map<string, RegExp>();

/** Whether zot lets `glob` match `repository`. @throws GlobError */
export function globMatches(glob: string, repository: string): boolean {
  let regex = compiled.get(glob);
  if (!regex) compiled.set(glob, (regex = compile(glob)));
  return regex.test(repository);
}

/** @throws GlobError where the pattern is malformed or cannot match any repository name. */
export function checkGlob(glob: string): void {
  compile(glob);
}

function compile(glob: string): RegExp {
  refuse(glob);
  return new RegExp(`^(?:${alternatives(glob).map(translate).join("|")})$`);
}

function refuse(glob: string): void {
  const fail = (problem: string, hint: string) => {
    throw new GlobError(glob, problem, hint);
  };
  if (glob === "") fail("is empty", "write ** for all repositories");
  const stranger = /[^a-z0-9._/\-*?{},[\]!^]/.exec(glob);
  if (stranger)
    fail(
      `holds "${stranger[0]}", which no repository name can hold`,
      "use a-z 0-9 . _ - / and the wildcards * ** ? [a-z] {a,b}",
    );
  if (/^\/|\/$|\/\//.test(glob))
    fail("starts, ends or goes on with a second /", "write it as team/app or team/**");
  if (/\*{3}/.test(glob)) fail("holds ***", "write * within a path segment, or ** as a whole segment");
  if (/\{[^}]*\{/.test(glob)) fail("has braces in braces", "write the alternatives out");
  if (/\}(?:\{|\*\*)/.test(glob)) fail("has { or ** right after }", "write the alternatives out");
  if (/[^/]\{(?:[^}]*,)?(?:\*\*|\/)/.test(glob))
    fail("starts an alternative with ** or / in the middle of a segment", "write the alternatives out");
  const rest = glob.replace(/\{[^{}]*\}/g, "").replace(/\[[!^]?[^[\]!^]+\]/g, "");
  if (/[{}[\],!^]/.test(rest))
    fail("has a bracket or brace without its other half", "close it, or leave it out");
}

/** `a/{b,c}` as `a/b` and `a/c`; brace groups do not nest, see refuse(). */
function alternatives(glob: string): string[] {
  const match = /^(.*?)\{([^}]*)\}(.*)$/.exec(glob);
  if (!match) return [glob];
  const [, before = "", inner = "", after = ""] = match;
  return inner.split(",").flatMap((part) => alternatives(before + part + after));
}

// One pattern without braces. A star that is not the last thing needs something left of the name: once the name is used
// up, doublestar accepts only an empty rest, `*`, `**` or `/**`, so that `a*/**` matches `ab` and `a/b`, but not `a`.
function translate(pattern: string): string {
  const token = /^\*\*$|(?<=^|\/)\*\*\/|\/\*\*$|(?<=\/)\*\*$|\*\*?|\?|\[[^\]]+\]|./g;
  return pattern.replace(token, (text, offset: number) => {
    const last = offset + text.length === pattern.length;
    if (text === "/**") return "(?:/.*)?";
    if (text === "**/") return "(?:[^/]*/)*";
    if (text === "**" && last && (offset === 0 || pattern[offset - 1] === "/")) return ".*";
    if (text.startsWith("*")) return last ? "[^/]*" : "(?!$)[^/]*";
    if (text === "?") return "[^/]";
    if (text.startsWith("[")) return text.replace(/^\[!/, "[^");
    return text.replace(/[.^\-/]/, "\\$&");
  });
}
