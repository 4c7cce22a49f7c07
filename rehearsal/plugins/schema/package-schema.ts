/** The parts of Pulumi's package schema that the stand-ins read. */
export interface TypeSpec {
  readonly type?: "string" | "number" | "integer" | "boolean" | "array" | "object";
  readonly items?: TypeSpec;
  readonly additionalProperties?: TypeSpec;
  readonly $ref?: string;
  readonly secret?: boolean;
}

export interface ObjectSpec {
  readonly properties: Readonly<Record<string, TypeSpec>>;
  readonly required?: readonly string[];
}

export interface ResourceSpec {
  readonly inputProperties?: Readonly<Record<string, TypeSpec>>;
  readonly requiredInputs?: readonly string[];
  readonly properties?: Readonly<Record<string, TypeSpec>>;
  readonly required?: readonly string[];
}

export interface FunctionSpec {
  readonly inputs: ObjectSpec;
  readonly outputs: ObjectSpec;
}

export interface PackageSpec {
  readonly name: string;
  readonly version: string;
  readonly types: Readonly<Record<string, ObjectSpec>>;
  readonly provider: ResourceSpec;
  readonly resources: Readonly<Record<string, ResourceSpec>>;
  readonly functions: Readonly<Record<string, FunctionSpec>>;
  readonly parameterization?: { readonly parameter: string };
}

/** @throws when the package does not offer the resource type. */
export function resourceSpec(spec: PackageSpec, type: string): ResourceSpec {
  const found = spec.resources[type];
  if (!found) {
    const known = Object.keys(spec.resources).join(", ");
    throw new Error(`the stand-in for ${spec.name} ${spec.version} offers no ${type}; it has ${known}`);
  }
  return found;
}

/** @throws when the package does not offer the function. */
export function functionSpec(spec: PackageSpec, token: string): FunctionSpec {
  const found = spec.functions[token];
  if (!found) throw new Error(`the stand-in for ${spec.name} ${spec.version} offers no ${token}`);
  return found;
}

/** The object type that a reference names; undefined for `pulumi.json#/Any` and other types without a declaration. */
export function referenced(spec: PackageSpec, type: TypeSpec): ObjectSpec | undefined {
  const prefix = "#/types/";
  return type.$ref?.startsWith(prefix) ? spec.types[type.$ref.slice(prefix.length)] : undefined;
}
