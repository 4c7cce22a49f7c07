import { createRequire } from "node:module";
import type * as structProto from "google-protobuf/google/protobuf/struct_pb";
import type * as emptyProto from "google-protobuf/google/protobuf/empty_pb";

// Messages must be of the very copy of google-protobuf that Pulumi's generated code was loaded with.
const fromPulumi = createRequire(require.resolve("@pulumi/pulumi/proto/provider_pb"));
const { Struct } = fromPulumi("google-protobuf/google/protobuf/struct_pb") as typeof structProto;
const { Empty } = fromPulumi("google-protobuf/google/protobuf/empty_pb") as typeof emptyProto;

type JsonObject = Parameters<typeof Struct.fromJavaScript>[0];

export function toStruct(properties: Record<string, unknown>): structProto.Struct {
  return Struct.fromJavaScript(withoutUndefined(properties) as JsonObject);
}

export function fromStruct(struct: structProto.Struct | undefined): Record<string, unknown> {
  return struct?.toJavaScript() ?? {};
}

export function empty(): emptyProto.Empty {
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
