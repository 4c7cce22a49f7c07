import * as pulumi from "@pulumi/pulumi";
import { ActionsSecret, UndeclaredSecrets } from "../provider/resources";

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
  readonly secrets: Readonly<Record<string, pulumi.Input<string>>>;
}

/** Forgejo Actions secrets of repositories and organisations. */
export class ActionsSecrets extends pulumi.ComponentResource {
  constructor(name: string, args: ActionsSecretsArgs, opts?: pulumi.ComponentResourceOptions) {
    super("zot-access:index:ActionsSecrets", name, {}, opts);
    for (const place of args.places) {
      const { owner, repository } = place;
      const at = { url: args.url, token: args.token, owner, ...(repository !== undefined && { repository }) };
      const prefix = [name, owner, ...(repository === undefined ? [] : [repository])].join("-");
      const declared = Object.keys(place.secrets).map((secret) => secret.toUpperCase());
      for (const [secret, value] of Object.entries(place.secrets)) {
        const upper = secret.toUpperCase();
        new ActionsSecret(
          `${prefix}-${upper}`,
          { ...at, name: upper, value: pulumi.secret(value) },
          { parent: this },
        );
      }
      if (place.authoritative) {
        new UndeclaredSecrets(`${prefix}-undeclared`, { ...at, declared: declared.sort() }, { parent: this });
      }
    }
    this.registerOutputs({});
  }
}
