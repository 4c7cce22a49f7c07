/** A text as one word of POSIX sh, whatever it holds. NUL cannot be held by a shell variable. */
export function shellQuote(text: string): string {
  if (text.includes("\0"))
    throw new Error("host/shell.ts: a text with a NUL character cannot be sent to a shell");
  return `'${text.replaceAll("'", `'\\''`)}'`;
}

/** `NAME='value'` lines. */
export function assignments(values: Record<string, string | number>): string {
  return Object.entries(values)
    .map(([name, value]) => `${name}=${shellQuote(String(value))}\n`)
    .join("");
}
