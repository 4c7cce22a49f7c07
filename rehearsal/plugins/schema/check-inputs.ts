import { UNKNOWN } from "../../../systems/pulumi/values";
import type { CheckFailure, Properties } from "../plugin";
import { referenced, type ObjectSpec, type PackageSpec, type TypeSpec } from "./package-schema";

/**
 * Compares properties with what a schema declares: unknown names, wrong types, missing required ones. What is not known
 * yet passes. Reasons name places and types, never values.
 */
export function checkObject(
  spec: PackageSpec,
  object: ObjectSpec,
  values: Properties,
  path = "",
): CheckFailure[] {
  const at = (name: string) => (path === "" ? name : `${path}.${name}`);
  const missing = (object.required ?? [])
    .filter((name) => values[name] === undefined || values[name] === null)
    .map((name) => ({ property: at(name), reason: `Missing required property '${at(name)}'` }));
  const wrong = Object.entries(values).flatMap(([name, value]) => {
    const type = object.properties[name];
    if (!type) return [unknownName(at(name), Object.keys(object.properties))];
    return checkValue(spec, type, value, at(name));
  });
  return [...missing, ...wrong];
}

function unknownName(property: string, known: readonly string[]): CheckFailure {
  return {
    property,
    reason: `Invalid or unknown key '${property}'; there are ${[...known].sort().join(", ")}`,
  };
}

function checkValue(spec: PackageSpec, type: TypeSpec, value: unknown, path: string): CheckFailure[] {
  if (value === UNKNOWN || value === undefined || value === null) return [];
  const object = referenced(spec, type);
  if (object) {
    return isMap(value) ? checkObject(spec, object, value, path) : [wrongType(path, "object", value)];
  }
  switch (type.type) {
    case "array":
      if (!Array.isArray(value)) return [wrongType(path, "list", value)];
      return value.flatMap((entry, index) => checkValue(spec, type.items ?? {}, entry, `${path}[${index}]`));
    case "object":
      if (!isMap(value)) return [wrongType(path, "map", value)];
      return Object.entries(value).flatMap(([key, entry]) =>
        checkValue(spec, type.additionalProperties ?? {}, entry, `${path}.${key}`),
      );
    case "string":
    case "boolean":
      return typeof value === type.type ? [] : [wrongType(path, type.type, value)];
    case "number":
    case "integer":
      return typeof value === "number" ? [] : [wrongType(path, "number", value)];
    case undefined:
      return [];
  }
}

function wrongType(property: string, wanted: string, value: unknown): CheckFailure {
  const found = Array.isArray(value) ? "list" : typeof value;
  return { property, reason: `expected a ${wanted}, got a ${found}` };
}

function isMap(value: unknown): value is Properties {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
