import { z } from "zod";
import { secretOf } from "./values";

/*
 * A stack's state as the CLI exports and imports it. Its secrets are encrypted by the stack's own key, or in clear if
 * the export shows them. Unknown properties are kept.
 */
export type Values = Readonly<Record<string, unknown>>;

const values = z.record(z.string(), z.unknown());
const resource = z.looseObject({
  urn: z.string(),
  type: z.string(),
  custom: z.boolean().default(false),
  id: z.string().optional(),
  parent: z.string().optional(),
  /** URN and id of the provider. */
  provider: z.string().optional(),
  protect: z.boolean().optional(),
  /** Replaced, and not deleted yet. */
  delete: z.boolean().optional(),
  dependencies: z.array(z.string()).nullish(),
  propertyDependencies: z.record(z.string(), z.array(z.string()).nullable()).nullish(),
  inputs: values.optional(),
  outputs: values.optional(),
});
const deployment = z.looseObject({
  deployment: z.looseObject({ resources: z.array(resource).nullish() }).nullish(),
});

export type Resource = z.output<typeof resource>;
export type Deployment = z.output<typeof deployment>;

/** The CLI exported an unknown format. The error does not quote it, because it may have plain-text secrets. */
export class StateFormError extends Error {
  override readonly name = "StateFormError";

  constructor() {
    super("pulumi stack export answered in an unknown format");
  }
}

/** @throws StateFormError */
export function parseDeployment(text: string): Deployment {
  const parsed = deployment.safeParse(jsonOf(text));
  if (!parsed.success) throw new StateFormError();
  return parsed.data;
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}

export function resourcesOf({ deployment: found }: Deployment): readonly Resource[] {
  return found?.resources ?? [];
}

export function withResources(state: Deployment, resources: readonly Resource[]): Deployment {
  return { ...state, deployment: { ...state.deployment, resources: [...resources] } };
}

/** A value of a state that was exported with its secrets, completely in clear. */
export function revealed(value: unknown): unknown {
  if (typeof value !== "object" || value === null) return value;
  if (Array.isArray(value)) return value.map(revealed);
  const secret = secretOf(value);
  if (secret) return revealed(secret.plaintext);
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, revealed(inner)]));
}
