/** A text as one word of POSIX sh. A shell variable cannot contain NUL. */
export function shellQuote(text: string): string {
  if (text.includes("\0"))
    throw new Error("systems/host/shell.ts: a text with a NUL character cannot be sent to a shell");
  return `'${text.replaceAll("'", `'\\''`)}'`;
}

/** `NAME='value'` lines. */
export function assignments(values: Record<string, string | number>): string {
  return Object.entries(values)
    .map(([name, value]) => `${name}=${shellQuote(String(value))}\n`)
    .join("");
}

/** The values of `assignments`, read back from the beginning of a script. */
export function readAssignments(script: string): Record<string, string> {
  const { values } = splitScript(script);
  // A script that another user runs is inside the one that becomes that user.
  return values["ZA_INNER"] === undefined ? values : readAssignments(values["ZA_INNER"]);
}

/** The same, with the script that follows. */
export function splitScript(script: string): { values: Record<string, string>; rest: string } {
  const values: Record<string, string> = {};
  const line = /([A-Z_]+)='([^']*(?:'\\''[^']*)*)'\n/y;
  let end = 0;
  for (let found = line.exec(script); found; found = line.exec(script)) {
    const [, name = "", quoted = ""] = found;
    values[name] = quoted.replaceAll(`'\\''`, "'");
    end = line.lastIndex;
  }
  return { values, rest: script.slice(end) };
}
