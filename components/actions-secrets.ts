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
  /** If left out: the organisation `owner`, whose secrets all its repositories can read. */
  readonly repository?: string;
  /** Whether secrets that are not declared here are deleted. */
  readonly authoritative: boolean;
  readonly secrets: Readonly<Record<string, SecretValue>>;
}

export interface SecretValue {
  readonly value: pulumi.Input<string>;
  /** If the value is a zot key: its id and its pusher. */
  readonly keyId?: pulumi.Input<string>;
  readonly pusher?: string;
}

/**
 * How many resources may be declared before the engine has finished the first one. Each unanswered one costs this
 * process about 0.2 MiB, and the engine works on four per core.
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

  /** Which of the pusher's keys each secret has. */
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

  /** Resources that depend on this component wait for it. */
  protected override async initialize(): Promise<number> {
    // The base class calls this before the constructor has run.
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
 * The name prefix of a scope's resources: `actions-secrets-owner-repository`. Owners and repositories may contain
 * hyphens. If two scopes would get the same prefix, the later one gets a slash in it.
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

/**
 * Settles when the engine has finished a resource. If the engine refuses one, the program ends, so nothing waits any
 * more.
 */
function registered({ urn }: pulumi.Resource): Promise<void> {
  return new Promise((resolve) => {
    urn.apply(() => resolve());
  });
}
