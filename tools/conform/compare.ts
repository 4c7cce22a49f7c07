import type { Expected } from "./fact";
import type { Plain } from "./plain";

/** A difference between two answers; `there` is the real system's. */
export interface Difference {
  readonly at: string;
  readonly there: string;
  readonly expected: string;
}

const MISSING = "nothing";

/** All differing places of two plain values. */
export function differences(
  there: Plain | undefined,
  expected: Plain | undefined,
  at = "body",
): Difference[] {
  if (isMap(there) && isMap(expected)) {
    return [...new Set([...Object.keys(there), ...Object.keys(expected)])]
      .sort()
      .flatMap((key) => differences(there[key], expected[key], `${at}.${key}`));
  }
  if (Array.isArray(there) && Array.isArray(expected)) {
    if (there.length !== expected.length)
      return [{ at, there: `${there.length} entries`, expected: `${expected.length} entries` }];
    return there.flatMap((each, index) => differences(each, expected[index], `${at}.${index}`));
  }
  return JSON.stringify(there) === JSON.stringify(expected)
    ? []
    : [{ at, there: shown(there), expected: shown(expected) }];
}

/** Where an answer differs from a fact; parts that the fact does not name are ignored. */
export function unexpected(
  { status, headers, body }: { status: number; headers: Readonly<Record<string, Plain>>; body: Plain },
  expected: Expected,
): Difference[] {
  const found: Difference[] = [];
  if (expected.status !== undefined && expected.status !== status)
    found.push({ at: "status", there: String(status), expected: String(expected.status) });
  for (const [name, value] of Object.entries(expected.headers ?? {}))
    found.push(...part(headers[name], value, `headers.${name}`));
  const first = firstOf(body);
  for (const key of (expected.keys ?? "").split(" ").filter(Boolean))
    if (!isMap(first) || !(key in first))
      found.push({ at: `body.${key}`, there: MISSING, expected: "something" });
  if (expected.body !== undefined) found.push(...part(body, expected.body as Plain, "body"));
  return found;
}

function firstOf(body: Plain): Plain | undefined {
  if (Array.isArray(body)) return body[0];
  if (isMap(body) && Array.isArray(body["results"])) return body["results"][0];
  return body;
}

/** Differences from the expected value, as far as it goes. `{any}` matches everything. */
function part(there: Plain | undefined, expected: Plain, at: string): Difference[] {
  if (expected === "{any}") return there === undefined ? [{ at, there: MISSING, expected: "something" }] : [];
  if (isMap(there) && isMap(expected))
    return Object.entries(expected).flatMap(([key, value]) => part(there[key], value, `${at}.${key}`));
  if (Array.isArray(there) && Array.isArray(expected)) {
    if (there.length !== expected.length)
      return [{ at, there: `${there.length} entries`, expected: `${expected.length} entries` }];
    return expected.flatMap((value, index) => part(there[index], value, `${at}.${index}`));
  }
  return differences(there, expected, at);
}

function isMap(value: Plain | undefined): value is { [key: string]: Plain } {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

const LONGEST = 120;

function shown(value: Plain | undefined): string {
  const text = value === undefined ? MISSING : JSON.stringify(value);
  return text.length > LONGEST ? `${text.slice(0, LONGEST)}…` : text;
}
