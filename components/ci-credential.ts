import * as onepassword from "@pulumi/onepassword";
import * as pulumi from "@pulumi/pulumi";
import { ZotApiKey } from "../provider/resources";
import type { CiLogin } from "./ci-login";

export interface CiCredentialArgs {
  readonly registryUrl: string;
  readonly authentikUrl: string;
  readonly login: CiLogin;
  /** Groups of CI's user, by name. */
  readonly groups: readonly string[];
  readonly lifetimeDays: number;
  readonly renewAfterDays: number;
  readonly vaultId: string;
  readonly itemTitle: string;
  readonly onepassword: onepassword.Provider;
}

/** CI's API key: minted by a login without a browser, proven, and kept in a 1Password item of its own. */
export class CiCredential extends pulumi.ComponentResource {
  readonly username: pulumi.Output<string>;
  /** The key, only after 1Password has it: no consumer may hold a key that could not be stored. */
  readonly key: pulumi.Output<string>;
  readonly uuid: pulumi.Output<string>;
  readonly expiresAt: pulumi.Output<string>;
  /** What zot lists the key under; tells this stack's keys from all others of the user. */
  readonly label: pulumi.Output<string>;

  constructor(name: string, args: CiCredentialArgs, opts?: pulumi.ComponentResourceOptions) {
    super("zot-access:index:CiCredential", name, {}, opts);
    const { login } = args;
    this.label = pulumi.interpolate`${pulumi.getProject()}/${pulumi.getStack()}/${login.username}`;
    const apiKey = new ZotApiKey(
      `${name}-api-key`,
      {
        registryUrl: args.registryUrl,
        username: login.username,
        label: this.label,
        groups: [...args.groups],
        lifetimeDays: args.lifetimeDays,
        renewAfterDays: args.renewAfterDays,
        authentikUrl: args.authentikUrl,
        loginFlow: login.flowSlug,
        appPassword: login.appPassword,
      },
      { parent: this },
    );
    const item = this.store(name, args, apiKey);
    this.username = login.username;
    this.key = pulumi.secret(pulumi.all([apiKey.key, item.uuid]).apply(([key]) => key));
    this.uuid = apiKey.id;
    this.expiresAt = apiKey.expiresAt;
    this.registerOutputs({ uuid: this.uuid, expiresAt: this.expiresAt });
  }

  /** The item is this program's alone: the provider removes fields that it does not know. */
  private store(name: string, args: CiCredentialArgs, apiKey: ZotApiKey): onepassword.Item {
    return new onepassword.Item(
      `${name}-item`,
      {
        vault: args.vaultId,
        title: args.itemTitle,
        category: "login",
        username: args.login.username,
        password: apiKey.key,
        url: args.registryUrl,
        tags: ["zot-access", pulumi.getStack()],
        sectionMap: {
          key: {
            fieldMap: {
              uuid: { type: "STRING", value: apiKey.id },
              "expires at": { type: "STRING", value: apiKey.expiresAt },
            },
          },
        },
      },
      { parent: this, provider: args.onepassword },
    );
  }
}
