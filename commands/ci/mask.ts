import { bare, type View, viewsOf } from "./unescaped";
import { secretsInUrl } from "./url-secrets";

/** Shorter texts occur in unrelated words: they are only masked as separate words. */
const SHORTEST = 8;
/** Shorter lines of a longer secret reveal nothing about it. */
const SHORTEST_LINE = 4;
const MASK = "[secret]";

/**
 * Masks every known secret in a text: as it is, escaped by JSON, Go, URLs, HTML or shells at any depth, in base64
 * (also inside longer text), across broken lines, and line by line if it has several, because a diff prints them
 * separately.
 */
export function mask(text: string, secrets: Iterable<string>): string {
  const forms = new Set([...new Set(secrets)].flatMap(withinUrl).flatMap(formsOf));
  const bareForms = new Set([...forms].map(bare).filter((form) => form.length >= SHORTEST));
  const { views, barest } = viewsOf(text);
  const found = [
    ...views.flatMap((view) => [...forms].flatMap((form) => placesOf(form, view))),
    ...[...bareForms].flatMap((form) => placesOf(form, barest)),
  ];
  found.sort((left, right) => left.start - right.start || right.end - left.end);
  const parts: string[] = [];
  let at = 0;
  let last = -1;
  for (const { start, end } of found) {
    // Inside or overlapping another one: one mask.
    if (start >= at || last === -1) parts.push(text.slice(at, start), MASK);
    at = Math.max(at, end);
    last = start;
  }
  return parts.join("") + text.slice(at);
}

interface Place {
  readonly start: number;
  readonly end: number;
}

function placesOf(form: string, { text, starts, ends }: View): Place[] {
  const places: Place[] = [];
  for (let at = text.indexOf(form); at !== -1; at = text.indexOf(form, at + 1)) {
    const end = at + form.length;
    if (form.length >= SHORTEST || standsAlone(form, text, at, end))
      places.push({ start: starts[at] ?? 0, end: ends[end - 1] ?? 0 });
  }
  return places;
}

const WORD_BEFORE = /[\p{L}\p{N}_]$/u;
const WORD_AFTER = /^[\p{L}\p{N}_]/u;

/** Two code units hold any character. */
function standsAlone(form: string, text: string, start: number, end: number): boolean {
  const before = text.slice(Math.max(0, start - 2), start);
  const after = text.slice(end, end + 2);
  const [opens, closes] = [WORD_AFTER.test(form), WORD_BEFORE.test(form)];
  const none = !opens && !closes;
  return !((opens || none) && WORD_BEFORE.test(before)) && !((closes || none) && WORD_AFTER.test(after));
}

/** A setting may be an address with a password; a message may show only the password. */
function withinUrl(secret: string): string[] {
  return [secret, ...secretsInUrl(secret)];
}

function formsOf(secret: string): string[] {
  const whole = secret.trim();
  if (whole === "") return [];
  const lines = whole.split(/[\r\n]+/).map((line) => line.trim());
  const telling = lines.filter((line) => line.length >= SHORTEST_LINE && /[\p{L}\p{N}]/u.test(line));
  const base64 = base64Forms(whole).filter((form) => form.length >= SHORTEST);
  // The Secret of a Kubernetes cluster has Docker's file, and in it the login, both in base64.
  const twice = base64.flatMap(base64Forms).filter((form) => form.length >= SHORTEST);
  return [...new Set([whole, asPrinted(whole), ...telling, ...telling.map(asPrinted), ...base64, ...twice])];
}

/** Half a surrogate pair cannot be printed. */
function asPrinted(text: string): string {
  return Buffer.from(text).toString();
}

/** The part of a secret's base64 that does not depend on the text around it, as in the login `user:password`. */
function base64Forms(secret: string): string[] {
  return [0, 1, 2].flatMap((before) => {
    const bytes = Buffer.concat([Buffer.alloc(before), Buffer.from(secret)]);
    // Six bits per character: the first and the last one may have bits of the neighbours.
    const [start, end] = [Math.ceil((before * 8) / 6), Math.floor((bytes.length * 8) / 6)];
    return (["base64", "base64url"] as const).map((alphabet) => bytes.toString(alphabet).slice(start, end));
  });
}

/** `op` names its session token by the account: OP_SESSION_my. */
const SECRET_VARIABLE =
  /(?:TOKEN|PASSWORD|PASSWD|PASSPHRASE|SECRET|_KEY|_AUTH|CREDENTIALS|CONNECTION_STRING|_PASS|_PAT|_CREDS)$|^OP_SESSION_/i;

/** Values of environment variables whose names mark secrets, and the secrets of all addresses. */
export function secretsOf(environment: NodeJS.ProcessEnv): string[] {
  const all = Object.entries(environment).flatMap(([name, value = ""]) => [
    ...(SECRET_VARIABLE.test(name) ? [value] : []),
    ...secretsInUrl(value),
  ]);
  return all.filter((secret) => secret !== "");
}
