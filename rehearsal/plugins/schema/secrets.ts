import { secret } from "../../../systems/pulumi/values";
import type { Properties } from "../plugin";
import { referenced, type PackageSpec, type TypeSpec } from "./package-schema";

type Types = Readonly<Record<string, TypeSpec>>;

/** Marks the values that the schema calls secret, at any depth. */
export function markSecrets(spec: PackageSpec, types: Types, properties: Properties): Properties {
  return Object.fromEntries(
    Object.entries(properties).map(([name, value]) => [name, mark(spec, types[name] ?? {}, value)]),
  );
}

function mark(spec: PackageSpec, type: TypeSpec, value: unknown): unknown {
  if (value === undefined || value === null) return value;
  if (type.secret) return secret(value);
  if (Array.isArray(value)) return value.map((entry) => mark(spec, type.items ?? {}, entry));
  if (typeof value !== "object") return value;
  const object = referenced(spec, type);
  if (object) return markSecrets(spec, object.properties, value as Properties);
  return Object.fromEntries(
    Object.entries(value).map(([key, entry]) => [key, mark(spec, type.additionalProperties ?? {}, entry)]),
  );
}
