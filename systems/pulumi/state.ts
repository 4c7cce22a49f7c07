import { z } from "zod";
import { askPulumi, PulumiError, type StackLocation } from "./cli";

const valuesSchema = z.record(z.string(), z.unknown()).default({});
const resourceSchema = z.looseObject({
  urn: z.string(),
  type: z.string(),
  id: z.string().optional(),
  inputs: valuesSchema,
  outputs: valuesSchema,
  /** Replaced, and not deleted yet. */
  delete: z.boolean().optional(),
});
const exportSchema = z.looseObject({
  deployment: z.looseObject({ resources: z.array(resourceSchema).nullish() }).nullish(),
});

/** What the state holds of one resource, its secrets in clear. */
export interface StateResource {
  readonly urn: string;
  readonly type: string;
  readonly id?: string | undefined;
  readonly inputs: Readonly<Record<string, unknown>>;
  readonly outputs: Readonly<Record<string, unknown>>;
}

/** The resources of the last deploy; none where there was no deploy. @throws PulumiError */
export async function readState(at: StackLocation): Promise<StateResource[]> {
  const answer = exportSchema.safeParse(await askPulumi(at, ["stack", "export", "--show-secrets"]));
  if (!answer.success) throw new PulumiError("pulumi stack export answered in a form that is not known");
  return (answer.data.deployment?.resources ?? [])
    .filter((resource) => resource.delete !== true)
    .map(({ urn, type, id, inputs, outputs }) => ({
      urn,
      type,
      id,
      inputs: revealed(inputs) as StateResource["inputs"],
      outputs: revealed(outputs) as StateResource["outputs"],
    }));
}

/** How Pulumi marks a secret in a state (sdk/go/common/resource/sig.go). */
const SIGNATURE_KEY = "4dabf18193072939515e22adb298388d";
const SECRET_SIGNATURE = "1b47061264138c4ac30d75fd1eb44270";

/** A secret on its way into a state: the CLI encrypts it when it takes the state in. */
export function toEncrypt(value: unknown): unknown {
  return { [SIGNATURE_KEY]: SECRET_SIGNATURE, plaintext: JSON.stringify(value) };
}

function revealed(value: unknown): unknown {
  if (typeof value !== "object" || value === null) return value;
  if (Array.isArray(value)) return value.map(revealed);
  if (Reflect.get(value, SIGNATURE_KEY) === SECRET_SIGNATURE) {
    const plaintext: unknown = Reflect.get(value, "plaintext");
    return typeof plaintext === "string" ? revealed(JSON.parse(plaintext)) : undefined;
  }
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, revealed(inner)]));
}
