/*
 * Property values in a state and between the engine and a plugin: secrets and outputs are maps with a signature,
 * unknown values are a sentinel text. Source: @pulumi/pulumi runtime/rpc (specialSigKey and its neighbours).
 */
const SIGNATURE_KEY = "4dabf18193072939515e22adb298388d";
const SECRET_SIGNATURE = "1b47061264138c4ac30d75fd1eb44270";
const OUTPUT_SIGNATURE = "d0e6a833031e9bbcd3f4e8bde6ca49a4";
export const UNKNOWN = "04da6b54-80e4-46f7-96ec-b56ff0331ba9";

type Wire = Record<string, unknown>;

function isMap(value: unknown): value is Wire {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** A secret for a state: the CLI encrypts it when it imports the state. */
export function toEncrypt(value: unknown): unknown {
  return { [SIGNATURE_KEY]: SECRET_SIGNATURE, plaintext: JSON.stringify(value) };
}

/** The content of a secret in an exported state; its plaintext is undefined if the export does not show secrets. */
export function secretOf(value: object): { readonly plaintext: unknown } | undefined {
  if (Reflect.get(value, SIGNATURE_KEY) !== SECRET_SIGNATURE) return undefined;
  const plaintext: unknown = Reflect.get(value, "plaintext");
  return { plaintext: typeof plaintext === "string" ? JSON.parse(plaintext) : undefined };
}

/** Marks a value as secret for the engine, which encrypts it in the state and masks it in its output. */
export function secret(value: unknown): unknown {
  return { [SIGNATURE_KEY]: SECRET_SIGNATURE, value };
}

/** The plain value inside secrets and outputs, at every level; an unknown value is `UNKNOWN`. */
export function plain(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(plain);
  if (!isMap(value)) return value;
  switch (value[SIGNATURE_KEY]) {
    case SECRET_SIGNATURE:
      return plain(value["value"]);
    case OUTPUT_SIGNATURE:
      return "value" in value ? plain(value["value"]) : UNKNOWN;
    default:
      return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, plain(inner)]));
  }
}

export function hasUnknown(value: unknown): boolean {
  if (value === UNKNOWN) return true;
  if (Array.isArray(value)) return value.some(hasUnknown);
  return isMap(value) && Object.values(value).some(hasUnknown);
}

/**
 * Marks the values at the given paths as secret, and leaves out undefined ones, which the protocol cannot represent.
 *
 * @param paths names joined with dots, `*` for every one: `former.*.key`. An unknown list is not marked: as a secret
 * it would differ from its later value for the engine.
 */
export function withSecrets(properties: Wire, paths: readonly string[]): Wire {
  const split = paths.map((path) => path.split("."));
  return marked(properties, split) as Wire;
}

function marked(value: unknown, paths: readonly (readonly string[])[]): unknown {
  if (paths.length === 0) return value;
  if (paths.some((path) => path.length === 0)) return secret(value);
  const below = (name: string) =>
    paths.filter(([first]) => first === "*" || first === name).map((path) => path.slice(1));
  if (Array.isArray(value)) return value.map((inner, index) => marked(inner, below(String(index))));
  if (!isMap(value)) return value === UNKNOWN ? value : secret(value);
  return Object.fromEntries(
    Object.entries(value)
      .filter(([, inner]) => inner !== undefined)
      .map(([name, inner]) => [name, marked(inner, below(name))]),
  );
}
