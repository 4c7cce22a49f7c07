import { z } from "zod";

/*
 * A stack's state as the CLI exports it, its secrets encrypted by the stack's own key. What is not named here is kept as it is.
 */
export type Values = Readonly<Record<string, unknown>>;

const values = z.record(z.string(), z.unknown());
const resource = z.looseObject({
  urn: z.string(),
  type: z.string(),
  custom: z.boolean(),
  id: z.string().optional(),
  parent: z.string().optional(),
  /** URN and id of the provider. */
  provider: z.string().optional(),
  protect: z.boolean().optional(),
  dependencies: z.array(z.string()).nullish(),
  propertyDependencies: z.record(z.string(), z.array(z.string()).nullable()).nullish(),
  inputs: values.optional(),
  outputs: values.optional(),
});
const deployment = z.looseObject({
  deployment: z.looseObject({ resources: z.array(resource).nullish() }),
});

export type Resource = z.output<typeof resource>;
export type Deployment = z.output<typeof deployment>;

/** @throws Error where the CLI exported another form */
export function parseDeployment(text: string): Deployment {
  const parsed = deployment.safeParse(JSON.parse(text));
  if (!parsed.success) throw new Error("pulumi stack export answered in a form that is not known");
  return parsed.data;
}

export function resourcesOf({ deployment: { resources } }: Deployment): readonly Resource[] {
  return resources ?? [];
}

export function withResources(state: Deployment, resources: readonly Resource[]): Deployment {
  return { ...state, deployment: { ...state.deployment, resources: [...resources] } };
}
