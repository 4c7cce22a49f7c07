import { plain, secret } from "../../../systems/pulumi/values";
import type { Properties } from "../plugin";

const SIGNATURE_KEY = "4dabf18193072939515e22adb298388d";
const SECRET_SIGNATURE = "1b47061264138c4ac30d75fd1eb44270";

type Path = readonly string[];

/** Properties as the engine sent them, and where in them there were secrets. */
export interface Received {
  readonly values: Properties;
  readonly secrets: readonly Path[];
}

/** Takes the engine's own book-keeping (`__defaults` and its like) out: no plugin has a property of such a name. */
export function receive(wire: Record<string, unknown>): Received {
  const own = Object.fromEntries(Object.entries(wire).filter(([name]) => !name.startsWith("__")));
  return { values: plain(own) as Properties, secrets: secretPaths(own) };
}

/** Marks what was secret on its way in again on its way out, whatever the schema says of it. */
export function remark(properties: Properties, secrets: readonly Path[]): Properties {
  return secrets.reduce<unknown>((marked, path) => markAt(marked, path), properties) as Properties;
}

function secretPaths(value: unknown, path: Path = []): Path[] {
  if (typeof value !== "object" || value === null) return [];
  if (isSecret(value)) return [path];
  return Object.entries(value).flatMap(([key, inner]) => secretPaths(inner, [...path, key]));
}

function markAt(value: unknown, path: Path): unknown {
  const [key, ...rest] = path;
  if (value === undefined || value === null || isSecret(value)) return value;
  if (key === undefined) return secret(plain(value));
  if (Array.isArray(value))
    return value.map((entry: unknown, index) => (String(index) === key ? markAt(entry, rest) : entry));
  if (typeof value !== "object" || !(key in value)) return value;
  return { ...value, [key]: markAt((value as Properties)[key], rest) };
}

function isSecret(value: unknown): boolean {
  return (value as Properties)[SIGNATURE_KEY] === SECRET_SIGNATURE;
}
