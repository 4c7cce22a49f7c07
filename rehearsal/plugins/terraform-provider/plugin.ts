/*
 * Stands in for the plugin `terraform-provider` 1.1.3 as far as the packages authentik 2026.5.0 and onepassword 3.3.1 go: no
 * Terraform provider runs, their REST calls are made here. Where it is not as the real one: it refuses properties that the
 * schema does not know and values of another type, where the bridge drops the ones and converts the others.
 */
import { hasUnknown, UNKNOWN } from "../../../systems/pulumi/values";
import type { Checked, Difference, Existing, Plugin, Properties, Subject } from "../plugin";
import { checkObject } from "../schema/check-inputs";
import { functionSpec, resourceSpec } from "../schema/package-schema";
import { markSecrets } from "../schema/secrets";
import { authentik } from "./authentik/provider";
import { onepassword } from "./onepassword/provider";
import { autoName, difference, given, plan } from "./plan";
import type { BridgedProvider, Connected, ResourceKind } from "./provider";

const PACKAGES: readonly BridgedProvider[] = [authentik, onepassword];

export class TerraformProviderPlugin implements Plugin {
  readonly version = "1.1.3";
  private served: BridgedProvider | undefined;
  private connected: Connected | undefined;

  parameterize(name: string, version: string, value: Uint8Array): { name: string; version: string } {
    if (this.served) {
      const spec = this.served.schema;
      throw new Error(`provider is already parameterized to (${spec.name}, ${spec.version})`);
    }
    const parameter = Buffer.from(value).toString("base64");
    this.served = PACKAGES.find(({ schema }) => schema.parameterization?.parameter === parameter);
    if (!this.served) {
      const known = PACKAGES.map(({ schema }) => `${schema.name} ${schema.version}`).join(" and ");
      throw new Error(
        `the stand-in serves ${known} as their SDKs here were generated, not ${name} ${version} with other parameters`,
      );
    }
    return { name: this.served.schema.name, version: this.served.schema.version };
  }

  schema(): string {
    return JSON.stringify(this.provider().schema);
  }

  markSecrets(type: string, properties: Properties): Properties {
    const spec = this.provider().schema;
    const { inputProperties, properties: outputs } =
      type === "" ? spec.provider : resourceSpec(this.provider().schema, type);
    return markSecrets(spec, { ...inputProperties, ...outputs }, properties);
  }

  checkConfig(inputs: Properties): Checked {
    const provider = this.provider();
    const spec = provider.schema;
    const { inputProperties = {} } = spec.provider;
    // The engine hands these along with the settings of a parameterized provider (pulumi/pulumi#16757).
    const { version: _v, pluginDownloadURL: _p, name: _n, parameterization: _a, ...settings } = inputs;
    const failures = [
      ...checkObject(spec, { properties: inputProperties }, decoded(settings)),
      ...provider.validateConfig(decoded(settings)),
    ];
    return { inputs, failures };
  }

  configure(config: Properties): void {
    this.connected = this.provider().connect(decoded(config));
  }

  check({ type, name }: Subject, olds: Properties, news: Properties, randomSeed: Uint8Array): Checked {
    const { schema } = this.provider();
    const { inputProperties = {}, requiredInputs = [] } = resourceSpec(schema, type);
    const inputs = given(news);
    if (inputProperties.name && inputs.name === undefined)
      inputs.name = autoName(name, olds.name, randomSeed);
    const failures = [
      ...checkObject(schema, { properties: inputProperties, required: requiredInputs }, inputs),
      ...this.kind(type).validate(inputs),
    ];
    return { inputs, failures };
  }

  diff({ type }: Subject, olds: Properties, news: Properties): Difference {
    const { inputProperties = {} } = resourceSpec(this.provider().schema, type);
    const kind = this.kind(type);
    return difference(kind, olds, plan(kind, news, olds), Object.keys(inputProperties));
  }

  async create({ type }: Subject, inputs: Properties, preview: boolean) {
    const kind = this.kind(type);
    if (preview) return { id: "", outputs: plan(kind, inputs, undefined) };
    return kind.create(known(plan(kind, inputs, undefined)));
  }

  async read(
    { type }: Subject,
    id: string,
    inputs: Properties,
    state: Properties,
  ): Promise<Existing | undefined> {
    const found = await this.kind(type).read(id, given(state));
    return found && { ...found, inputs: this.inputsOf(type, inputs, found.outputs) };
  }

  async update({ type }: Subject, id: string, olds: Properties, news: Properties, preview: boolean) {
    const kind = this.kind(type);
    const planned = plan(kind, news, olds);
    return preview ? planned : kind.update(id, olds, planned);
  }

  delete({ type }: Subject, id: string, state: Properties): Promise<void> {
    return this.kind(type).delete(id, state);
  }

  async invoke(token: string, args: Properties) {
    const { schema } = this.provider();
    const { inputs } = functionSpec(schema, token);
    const lookup = this.connected?.lookups[token];
    if (!lookup) throw new Error(`the stand-in for ${schema.name} offers no ${token}, or was not configured`);
    const asked = given(args);
    const failures = [...checkObject(schema, inputs, asked), ...(lookup.validate?.(asked) ?? [])];
    return failures.length > 0 ? { result: {}, failures } : { result: await lookup.read(asked), failures };
  }

  private provider(): BridgedProvider {
    if (!this.served)
      throw new Error("no package was asked for: the generated SDK does that with its parameters");
    return this.served;
  }

  private kind(type: string): ResourceKind {
    const kind = (this.connected ?? this.provider().disconnected).resources[type];
    if (!kind) throw new Error(`the stand-in for ${this.provider().schema.name} offers no ${type}`);
    return kind;
  }

  /** After a refresh the inputs follow what was read where they were given; after an import all that can be given is. */
  private inputsOf(type: string, inputs: Properties, outputs: Properties): Properties {
    const { inputProperties = {} } = resourceSpec(this.provider().schema, type);
    const kind = this.kind(type);
    const imported = Object.keys(inputs).length === 0;
    const names = Object.keys(inputProperties).filter((name) =>
      imported
        ? outputs[name] !== undefined &&
          !hasUnknown(outputs[name]) &&
          !kind.same(name, outputs[name], kind.defaults[name])
        : name in inputs,
    );
    return Object.fromEntries(names.map((name) => [name, outputs[name]]));
  }
}

/** What is left to the service to fill in is not sent to it. */
function known(planned: Properties): Properties {
  return Object.fromEntries(Object.entries(planned).filter(([, value]) => value !== UNKNOWN));
}

/** Settings of a provider travel as texts; those that are none in the schema hold JSON. */
function decoded(config: Properties): Properties {
  return Object.fromEntries(
    Object.entries(config).map(([name, value]) => [
      name,
      name === "insecure" || name === "headers" ? json(value) : value,
    ]),
  );
}

function json(value: unknown): unknown {
  if (typeof value !== "string") return value;
  try {
    return JSON.parse(value) as unknown;
  } catch {
    return value;
  }
}
