import type { z } from "zod";
import type { LogMessage } from "../systems/log-message";

/** The result of a resource's diff: which properties require a replacement, and whether anything has to be done. */
export interface Difference {
  readonly changes: boolean;
  readonly replaces?: readonly string[];
}

/**
 * The life cycle of one resource type, without gRPC and secret wrapping. Errors are thrown; users see their messages
 * unchanged, so they must not contain a secret.
 */
export interface Handler<Inputs extends object, Outputs extends Inputs> {
  readonly schema: z.ZodType<Inputs>;
  /** The secret inputs and outputs, as paths: `key`, `former.*.key`. */
  readonly secrets: readonly string[];
  /**
   * Replaces what must not reach the state. It is called in every preview, also for new resources, so it may report
   * things too. In a preview an input may still be `UNKNOWN`.
   *
   * @param old the inputs of the state; undefined for a new resource or one to be replaced.
   */
  prepare?(inputs: Inputs, old: Partial<Inputs> | undefined, say: LogMessage): Promise<Inputs> | Inputs;
  /** In a preview an input may still be `UNKNOWN`, which differs from every value. */
  diff(id: string, old: Outputs, inputs: Inputs, say: LogMessage): Promise<Difference>;
  create(inputs: Inputs, say: LogMessage): Promise<{ id: string; outputs: Outputs }>;
  /**
   * Imports an existing object into the state, by an id with its location. A value that cannot be read back is
   * `UNREAD`, and so differs from whatever the program declares. Absent: no object of this type can exist before.
   *
   * @throws Error for an invalid id
   */
  adopt?(id: string): { id: string; outputs: Outputs };
  /** undefined: it is gone. */
  read?(id: string, old: Outputs, say: LogMessage): Promise<Outputs | undefined>;
  update(id: string, old: Outputs, inputs: Inputs, say: LogMessage): Promise<Outputs>;
  delete(id: string, old: Outputs, say: LogMessage): Promise<void>;
}

/** In the state for a value that no service returns, until the first update writes it. */
export const NOT_READ_BACK = "(not read back)";

/** Names of the properties whose values differ; one that only one side has differs too. */
export function changed<T extends object>(old: T, inputs: T): (keyof T & string)[] {
  const keys = new Set([...Object.keys(old), ...Object.keys(inputs)]) as Set<keyof T & string>;
  return [...keys].filter((key) => JSON.stringify(old[key]) !== JSON.stringify(inputs[key]));
}
