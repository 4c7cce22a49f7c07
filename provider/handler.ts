import type { z } from "zod";

/** What a resource's diff found: which properties ask for a replacement, and whether anything has to be done at all. */
export interface Difference {
  readonly changes: boolean;
  readonly replaces?: readonly string[];
}

/** A state as the handler sees it: plain values, secrets included. */
export type State<Inputs> = Inputs & Record<string, unknown>;

/**
 * The life of one type of resource, free of gRPC and of secret wrapping. Errors are thrown; their messages reach the
 * user as they are and must not hold a secret.
 */
export interface Handler<Inputs extends object, Outputs extends Inputs> {
  readonly schema: z.ZodType<Inputs>;
  /** Top-level properties that are secret in inputs and outputs. */
  readonly secrets: readonly string[];
  /** Replaces what must not reach the state; called with inputs that are wholly known. */
  conceal?(inputs: Inputs, old: Partial<Inputs> | undefined): Inputs;
  diff(id: string, old: Outputs, inputs: Inputs): Promise<Difference>;
  create(inputs: Inputs): Promise<{ id: string; outputs: Outputs }>;
  /** undefined: it is gone. */
  read?(id: string, old: Outputs): Promise<Outputs | undefined>;
  update(id: string, old: Outputs, inputs: Inputs): Promise<Outputs>;
  delete(id: string, old: Outputs): Promise<void>;
}

/** Names of the properties whose values differ. */
export function changed<T extends object>(old: T, inputs: T): (keyof T & string)[] {
  return (Object.keys(inputs) as (keyof T & string)[]).filter(
    (key) => JSON.stringify(old[key]) !== JSON.stringify(inputs[key]),
  );
}
