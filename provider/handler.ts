import type { z } from "zod";
import type { LogMessage } from "../systems/log-message";

/** What a resource's diff found: which properties ask for a replacement, and whether anything has to be done at all. */
export interface Difference {
  readonly changes: boolean;
  readonly replaces?: readonly string[];
}

/**
 * The life of one type of resource, free of gRPC and of secret wrapping. Errors are thrown; their messages reach the
 * user as they are and must not hold a secret.
 */
export interface Handler<Inputs extends object, Outputs extends Inputs> {
  readonly schema: z.ZodType<Inputs>;
  /** What is secret in inputs and outputs, as paths: `key`, `former.*.key`. */
  readonly secrets: readonly string[];
  /**
   * Replaces what must not reach the state. It is called in every preview, also for what is to be created, so it may
   * announce things too. In a preview an input may still be `UNKNOWN`.
   *
   * @param old the inputs of the state; undefined where the resource is new or about to be replaced.
   */
  prepare?(inputs: Inputs, old: Partial<Inputs> | undefined, say: LogMessage): Promise<Inputs> | Inputs;
  /** In a preview an input may still be `UNKNOWN`, which differs from every value. */
  diff(id: string, old: Outputs, inputs: Inputs, say: LogMessage): Promise<Difference>;
  create(inputs: Inputs, say: LogMessage): Promise<{ id: string; outputs: Outputs }>;
  /**
   * Takes something that exists into the state, by an id that says where it is. What cannot be read back is `UNREAD`, and so
   * differs from whatever the program gives. Absent: nothing of this type can be there before.
   *
   * @throws Error where the id is none
   */
  adopt?(id: string): { id: string; outputs: Outputs };
  /** undefined: it is gone. */
  read?(id: string, old: Outputs, say: LogMessage): Promise<Outputs | undefined>;
  update(id: string, old: Outputs, inputs: Inputs, say: LogMessage): Promise<Outputs>;
  delete(id: string, old: Outputs, say: LogMessage): Promise<void>;
}

/** Stands in the state for what no service gives back, until the first update writes it. */
export const NOT_READ_BACK = "(not read back)";

/** Names of the properties whose values differ; one that only one side has differs too. */
export function changed<T extends object>(old: T, inputs: T): (keyof T & string)[] {
  const keys = new Set([...Object.keys(old), ...Object.keys(inputs)]) as Set<keyof T & string>;
  return [...keys].filter((key) => JSON.stringify(old[key]) !== JSON.stringify(inputs[key]));
}
