import * as pulumi from "@pulumi/pulumi";
import { ActionsSecret } from "../provider/resources";

export interface ActionsSecretsArgs {
  /** Forgejo's base URL. */
  readonly url: string;
  readonly token: pulumi.Input<string>;
  readonly repositories: readonly RepositorySecrets[];
}

export interface RepositorySecrets {
  readonly owner: string;
  readonly name: string;
  readonly secrets: Readonly<Record<string, pulumi.Input<string>>>;
}

/** Forgejo Actions secrets of several repositories. */
export class ActionsSecrets extends pulumi.ComponentResource {
  constructor(name: string, args: ActionsSecretsArgs, opts?: pulumi.ComponentResourceOptions) {
    super("zot-access:index:ActionsSecrets", name, {}, opts);
    for (const { owner, name: repository, secrets } of args.repositories) {
      for (const [secret, value] of Object.entries(secrets)) {
        const upper = secret.toUpperCase();
        new ActionsSecret(
          `${name}-${owner}-${repository}-${upper}`,
          { url: args.url, token: args.token, owner, repository, name: upper, value: pulumi.secret(value) },
          { parent: this },
        );
      }
    }
    this.registerOutputs({});
  }
}
