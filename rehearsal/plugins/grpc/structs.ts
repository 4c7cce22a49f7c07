import { Empty } from "google-protobuf/google/protobuf/empty_pb";
import { Struct } from "google-protobuf/google/protobuf/struct_pb";

type JsonObject = Parameters<typeof Struct.fromJavaScript>[0];

export function toStruct(properties: Record<string, unknown>): Struct {
  return Struct.fromJavaScript(withoutUndefined(properties) as JsonObject);
}

export function fromStruct(struct: Struct | undefined): Record<string, unknown> {
  return struct?.toJavaScript() ?? {};
}

export function empty(): Empty {
  return new Empty();
}

/** A property without a value is left out: to the engine, null is a value. */
function withoutUndefined(value: unknown): unknown {
  if (Array.isArray(value)) return value.map((entry) => withoutUndefined(entry) ?? null);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).flatMap(([key, inner]) =>
      inner === undefined || inner === null ? [] : [[key, withoutUndefined(inner)]],
    ),
  );
}
