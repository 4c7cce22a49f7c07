import type { CheckFailure, Properties } from "../plugin";
import type { PackageSpec } from "../schema/package-schema";

/** One type of resource, by its life at the service. */
export interface ResourceKind {
  /** Values of properties that the provider gives where the program leaves them out, shown in the state and the plan. */
  readonly defaults: Properties;
  /** Properties that the service fills in when the program leaves them out. */
  readonly computed: readonly string[];
  /** Properties whose change replaces the resource. */
  readonly replacedOn: readonly string[];
  /** Completes a plan below its top level. `state` is undefined for a new resource. */
  fill?(planned: Properties, state: Properties | undefined): Properties;
  /** The provider's own rules, beyond the schema; values that are not known yet must pass. */
  validate(inputs: Properties): CheckFailure[];
  /** Whether the provider takes two values of a property for the same. */
  same(property: string, before: unknown, after: unknown): boolean;
  create(inputs: Properties): Promise<{ id: string; outputs: Properties }>;
  /** `known` is the state, or for something just imported nothing. */
  read(id: string, known: Properties): Promise<{ id: string; outputs: Properties } | undefined>;
  update(id: string, olds: Properties, planned: Properties): Promise<Properties>;
  delete(id: string, state: Properties): Promise<void>;
}

/** A data source. */
export interface Lookup {
  validate?(args: Properties): CheckFailure[];
  read(args: Properties): Promise<Properties>;
}

/** A Terraform provider after it was configured. */
export interface Connected {
  readonly resources: Readonly<Record<string, ResourceKind>>;
  readonly lookups: Readonly<Record<string, Lookup>>;
}

/** A Terraform provider that the stand-in can serve as a package. */
export interface BridgedProvider {
  readonly schema: PackageSpec;
  /** Rules for the provider's settings that need no server. */
  validateConfig(config: Properties): CheckFailure[];
  /** @throws when the settings contradict each other or lack something. */
  connect(config: Properties): Connected;
  /** Serves checks and plans before, or without, a configuration. */
  readonly disconnected: Connected;
}
