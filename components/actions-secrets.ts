import pLimit from "p-limit";
import * as pulumi from "@pulumi/pulumi";
import { ActionsSecret, UndeclaredSecrets } from "../provider/resources";
import { type Holding, holdingsOf } from "./holdings";

export interface ActionsSecretsArgs {
  /** Forgejo's base URL. */
  readonly url: string;
  readonly token: pulumi.Input<string>;
  readonly places: readonly SecretPlace[];
}

export interface SecretPlace {
  readonly owner: string;
  /** Left out: the organisation `owner`, whose secrets all its repositories see. */
  readonly repository?: string;
  /** Whether secrets that are not declared here are deleted. */
  readonly authoritative: boolean;
  readonly secrets: Readonly<Record<string, SecretValue>>;
}

export interface SecretValue {
  readonly value: pulumi.Input<string>;
  /** Where the value is a key of zot: that key's id. */
  readonly keyId?: pulumi.Input<string>;
}

/**
 * How many resources are declared before the engine is done with the first of them. Each that it has not answered costs
 * this process about 0.2 MiB, and it works on four times as many as there are cores.
 */
const DECLARED_AHEAD = 64;

/** Forgejo Actions secrets of repositories and organisations. */
export class ActionsSecrets extends pulumi.ComponentResource<ActionsSecret[]> {
  /** Which key they have that are one. */
  readonly holdings: pulumi.Output<Holding[]>;
  private readonly keys: ActionsSecret[] = [];

  constructor(
    private readonly name: string,
    private readonly args: ActionsSecretsArgs,
    opts?: pulumi.ComponentResourceOptions,
  ) {
    super("zot-access:index:ActionsSecrets", name, {}, opts);
    this.holdings = pulumi
      .output(this.getData())
      .apply((keys) => pulumi.all(keys.map(({ id, keyId }) => ({ holder: id, uuid: keyId }))))
      .apply(holdingsOf);
  }

  /** Whoever depends on this component waits for it. */
  protected override async initialize(): Promise<ActionsSecret[]> {
    // The base class calls this before the constructor has set anything.
    await Promise.resolve();
    const oneOfMany = pLimit(DECLARED_AHEAD);
    const resources = this.args.places.flatMap((place) => this.resourcesOf(place));
    await Promise.all(resources.map((declare) => oneOfMany(() => registered(declare()))));
    return this.keys;
  }

  private resourcesOf(place: SecretPlace): (() => pulumi.Resource)[] {
    const { url, token } = this.args;
    const { owner, repository } = place;
    const at = { url, token, owner, ...(repository !== undefined && { repository }) };
    const prefix = [this.name, owner, ...(repository === undefined ? [] : [repository])].join("-");
    const secrets = Object.entries(place.secrets).map(([secret, { value, ...key }]) => () => {
      const name = secret.toUpperCase();
      const made = new ActionsSecret(
        `${prefix}-${name}`,
        { ...at, name, value: pulumi.secret(value), ...key },
        { parent: this },
      );
      if (key.keyId !== undefined) this.keys.push(made);
      return made;
    });
    if (!place.authoritative) return secrets;
    const declared = Object.keys(place.secrets).map((secret) => secret.toUpperCase());
    const undeclared = () =>
      new UndeclaredSecrets(`${prefix}-undeclared`, { ...at, declared: declared.sort() }, { parent: this });
    return [...secrets, undeclared];
  }
}

/** Settles when the engine is done with a resource. Where it refuses one, the program ends, and nothing waits any more. */
function registered({ urn }: pulumi.Resource): Promise<void> {
  return new Promise((resolve) => {
    urn.apply(() => resolve());
  });
}
