import type { PolicyConfigSchema } from "@pulumi/policy";
import type { Declared } from "./declared";

/** Settings of the pack, which a program cannot change: `--policy-pack-config FILE`. */
export interface Options {
  /** Whether redirect URIs may use http on loopback: the rehearsal's registry has no certificate. */
  readonly allowLoopbackHttp?: boolean;
  /** Users and groups of pushers that may overwrite and delete. */
  readonly mayOverwrite?: readonly string[];
}

/** One thing that no deploy may do. Pure. */
export interface Rule {
  readonly name: string;
  readonly description: string;
  /** The options that the rule knows. */
  readonly configSchema?: PolicyConfigSchema;
  /**
   * @param resource has just been declared.
   * @param declared all so far, with `resource` last. Values are bare: secrets unwrapped, unknown ones undefined.
   * @returns what is wrong, each with what to do about it. Never a value that may be secret.
   */
  check(resource: Declared, declared: readonly Declared[], options: Options): string[];
}
