/**
 * Control characters move a terminal's cursor or colour its text; format characters and separators hide or reverse
 * it.
 */
const UNPRINTABLE = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu;
const SHORT: Readonly<Record<string, string>> = { "\n": "\\n", "\r": "\\r", "\t": "\\t" };

/**
 * A text of another system in a printable form: control characters and line separators are escaped (CWE-150). A name
 * stays one line.
 */
export function printable(text: string): string {
  return text.replace(
    UNPRINTABLE,
    (character) =>
      SHORT[character] ?? `\\u{${(character.codePointAt(0) ?? 0).toString(16).padStart(4, "0")}}`,
  );
}

/** `printable`, for a text with its own line feeds. */
export function printableLines(text: string): string {
  return text.split("\n").map(printable).join("\n");
}

/** `printable` for every text in a value of lists and plain objects, such as a report before its layout. */
export function printableTexts<T>(value: T): T {
  const inside = (each: unknown): unknown => {
    if (typeof each === "string") return printable(each);
    if (Array.isArray(each)) return each.map(inside);
    if (typeof each !== "object" || each === null) return each;
    return Object.fromEntries(Object.entries(each).map(([key, inner]) => [key, inside(inner)]));
  };
  return inside(value) as T;
}

/** The message of an error; for one with several causes and no message of its own, the first cause's. */
export function messageOf(error: unknown): string {
  if (typeof error !== "object" || error === null) return String(error);
  const message: unknown = Reflect.get(error, "message");
  if (typeof message === "string" && message !== "") return message;
  const causes: unknown = Reflect.get(error, "errors");
  if (Array.isArray(causes) && causes.length > 0) return messageOf(causes[0]);
  const code: unknown = Reflect.get(error, "code");
  return typeof code === "string" ? code : "an error without a message";
}
