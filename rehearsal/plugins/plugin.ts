/** Properties as plain values; secrets are bare, and what is not known yet is `UNKNOWN` of systems/pulumi/values. */
export type Properties = Record<string, unknown>;

export interface CheckFailure {
  /** Name as the package's schema has it, with a path below it where it is nested. */
  readonly property: string;
  readonly reason: string;
}

export interface Checked {
  readonly inputs: Properties;
  readonly failures: readonly CheckFailure[];
}

/** The resource that a call is about. */
export interface Subject {
  /** Type token, such as `authentik:index/group:Group`. */
  readonly type: string;
  /** Logical name. */
  readonly name: string;
  readonly urn: string;
}

/** How one property differs from what the state holds. */
export type Change = "add" | "delete" | "update";

export interface Difference {
  readonly changes: Readonly<Record<string, Change>>;
  /** Those of the changed properties that the resource must be replaced for. */
  readonly replaces: readonly string[];
}

export interface Existing {
  readonly id: string;
  readonly inputs: Properties;
  readonly outputs: Properties;
}

/** A message of a plugin to whoever runs the CLI, shown beside the resource. */
export type Log = (severity: "info" | "warning" | "error", message: string, ephemeral: boolean) => void;

/**
 * A provider plugin without its gRPC: plain values in and out. Errors that are thrown reach the user as they are; their
 * messages must not hold a secret.
 */
export interface Plugin {
  readonly version: string;
  /** Package schema as JSON. */
  schema(): string;
  /** Properties of a resource type (or of a function's result) that are secret by the schema, marked on the way out. */
  markSecrets(type: string, properties: Properties): Properties;
  parameterize?(name: string, version: string, value: Uint8Array): { name: string; version: string };
  checkConfig(inputs: Properties): Checked;
  configure(config: Properties): void;
  check(subject: Subject, olds: Properties, news: Properties, randomSeed: Uint8Array): Checked;
  diff(subject: Subject, olds: Properties, news: Properties, oldInputs: Properties): Difference;
  create(
    subject: Subject,
    inputs: Properties,
    preview: boolean,
    log: Log,
  ): Promise<{ id: string; outputs: Properties }>;
  /** undefined: it is gone. Inputs and state are empty when something is imported. */
  read(subject: Subject, id: string, inputs: Properties, state: Properties): Promise<Existing | undefined>;
  update(
    subject: Subject,
    id: string,
    olds: Properties,
    news: Properties,
    preview: boolean,
    log: Log,
  ): Promise<Properties>;
  delete(subject: Subject, id: string, state: Properties, log: Log): Promise<void>;
  invoke(token: string, args: Properties): Promise<{ result: Properties; failures: readonly CheckFailure[] }>;
}
