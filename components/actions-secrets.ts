import pLimit from "p-limit";
import * as pulumi from "@pulumi/pulumi";
import { ActionsSecret, UndeclaredSecrets } from "../provider/resources";
import { scopeId } from "../systems/forgejo/scope";
import { type KeyConsumer, consumersOf } from "./key-consumers";
import { COMPONENT } from "../systems/pulumi/types";

export interface ActionsSecretsArgs {
  /** Forgejo's base URL. */
  readonly url: string;
  readonly token: pulumi.Input<string>;
  readonly scopes: readonly ScopedSecrets[];
}

export interface ScopedSecrets {
  readonly owner: string;
  /** Left out: the organisation `owner`, whose secrets all its repositories see. */
  readonly repository?: string;
  /** Whether secrets that are not declared here are deleted. */
  readonly authoritative: boolean;
  readonly secrets: Readonly<Record<string, SecretValue>>;
}

export interface SecretValue {
  readonly value: pulumi.Input<string>;
  /** Where the value is a key of zot: that key's id, and whose it is. */
  readonly keyId?: pulumi.Input<string>;
  readonly pusher?: string;
}

/**
 * How many resources are declared before the engine is done with the first of them. Each that it has not answered costs
 * this process about 0.2 MiB, and it works on four times as many as there are cores.
 */
const DECLARED_AHEAD = 64;

/** Forgejo Actions secrets of repositories and organisations. */
export class ActionsSecrets extends pulumi.ComponentResource<number> {
  private readonly keys: { readonly pusher: string; readonly secret: ActionsSecret }[] = [];

  constructor(
    private readonly name: string,
    private readonly args: ActionsSecretsArgs,
    opts?: pulumi.ComponentResourceOptions,
  ) {
    super(COMPONENT.actionsSecrets, name, {}, opts);
  }

  /** Which key of a pusher those have that hold one. */
  consumers(pusher: string): pulumi.Output<KeyConsumer[]> {
    return pulumi
      .output(this.getData())
      .apply(() =>
        pulumi.all(
          this.keys
            .filter((key) => key.pusher === pusher)
            .map(({ secret: { id, keyId } }) => ({ holder: id, uuid: keyId })),
        ),
      )
      .apply(consumersOf);
  }

  /** Whoever depends on this component waits for it. */
  protected override async initialize(): Promise<number> {
    // The base class calls this before the constructor has set anything.
    await Promise.resolve();
    const oneOfMany = pLimit(DECLARED_AHEAD);
    const prefixes = scopePrefixes(this.name, this.args.scopes);
    const resources = this.args.scopes.flatMap((scope, index) =>
      this.resourcesOf(scope, prefixes[index] ?? this.name),
    );
    await Promise.all(resources.map((declare) => oneOfMany(() => registered(declare()))));
    return resources.length;
  }

  private resourcesOf(scope: ScopedSecrets, prefix: string): (() => pulumi.Resource)[] {
    const { url, token } = this.args;
    const { owner, repository } = scope;
    const at = { url, token, owner, ...(repository !== undefined && { repository }) };
    const secrets = Object.entries(scope.secrets).map(([secret, { value, pusher, ...key }]) => () => {
      const name = secret.toUpperCase();
      const made = new ActionsSecret(
        `${prefix}-${name}`,
        { ...at, name, value: pulumi.secret(value), ...key },
        { parent: this },
      );
      if (pusher !== undefined) this.keys.push({ pusher, secret: made });
      return made;
    });
    if (!scope.authoritative) return secrets;
    const declared = Object.keys(scope.secrets).map((secret) => secret.toUpperCase());
    const undeclared = () =>
      new UndeclaredSecrets(`${prefix}-undeclared`, { ...at, declared: declared.sort() }, { parent: this });
    return [...secrets, undeclared];
  }
}

/**
 * What the names of scopes' resources begin with: `actions-secrets-owner-repository`. Owners and repositories may have hyphens
 * themselves, so of two that would share theirs the later one's has a slash in it.
 */
export function scopePrefixes(
  name: string,
  scopes: readonly Pick<ScopedSecrets, "owner" | "repository">[],
): string[] {
  const taken = new Set<string>();
  return scopes.map(({ owner, repository }) => {
    const usual = [name, owner, ...(repository === undefined ? [] : [repository])].join("-");
    const prefix = taken.has(usual) ? `${name}-${scopeId({ owner, repository })}` : usual;
    taken.add(prefix);
    return prefix;
  });
}

/** Settles when the engine is done with a resource. Where it refuses one, the program ends, and nothing waits any more. */
function registered({ urn }: pulumi.Resource): Promise<void> {
  return new Promise((resolve) => {
    urn.apply(() => resolve());
  });
}
