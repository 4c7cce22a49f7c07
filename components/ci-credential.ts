import * as onepassword from "@pulumi/onepassword";
import * as pulumi from "@pulumi/pulumi";
import { ZotApiKey } from "../provider/resources";
import type { CiLogin } from "./ci-login";
import { type PeoplesFields, withPeoplesFields } from "./peoples-fields";
import { EXPIRES_AT, itemTags, KEY_SECTION, UUID } from "./vault-check";

export interface CiCredentialArgs {
  readonly registryUrl: string;
  readonly authentikUrl: string;
  readonly login: CiLogin;
  /** Groups of CI's user, by name. */
  readonly groups: readonly string[];
  readonly lifetimeDays: number;
  readonly renewAfterDays: number;
  /** A key that people made and CI uses: taken as it is, until it is due. */
  readonly adopt?: pulumi.Input<string>;
  /** Whether that key is revoked once it has been replaced. */
  readonly revokeAdopted?: true;
  readonly vaultId: string;
  readonly itemTitle: string;
  /** Whether a key will be minted in this run, as far as that can be told before; decides when writing is tried first. */
  readonly renewalDue: boolean;
  /** What else is in that item. */
  readonly peoples: PeoplesFields;
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
    const writable = this.tryToWrite(name, args);
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
        ...(args.adopt !== undefined && { adopt: pulumi.secret(args.adopt) }),
        ...(args.revokeAdopted && { revokeAdopted: args.revokeAdopted }),
      },
      { parent: this, dependsOn: [writable] },
    );
    const item = this.store(name, args, apiKey);
    this.username = login.username;
    this.key = pulumi.secret(pulumi.all([apiKey.key, item.uuid]).apply(([key]) => key));
    this.uuid = apiKey.id;
    this.expiresAt = apiKey.expiresAt;
    this.registerOutputs({ uuid: this.uuid, expiresAt: this.expiresAt });
  }

  /**
   * A token that may not write is found out by this note, while no key has been minted: 1Password tells nobody what a token
   * may do, and the key's own item can only come after the key. Written before each key, since its text changes with what
   * makes another key, and its date when one is due; left alone in between.
   */
  private tryToWrite(name: string, args: CiCredentialArgs): onepassword.Item {
    return new onepassword.Item(
      `${name}-note`,
      {
        vault: args.vaultId,
        title: `${args.itemTitle}: about this item`,
        category: "secure_note",
        noteValue: pulumi.interpolate`The stack ${pulumi.getProject()}/${pulumi.getStack()} makes, renews and revokes the key in "${args.itemTitle}": for ${args.login.username}, with the groups ${args.groups.join(", ")}, at ${args.registryUrl}, for ${args.lifetimeDays} days each. What is changed there by hand is overwritten, and what is added stays. This note is written first, to see whether the vault can be written to.`,
        tags: itemTags(),
        sectionMap: {
          renewal: { fieldMap: { begun: { type: "STRING", value: new Date().toISOString().slice(0, 10) } } },
        },
      },
      { parent: this, provider: args.onepassword, ignoreChanges: args.renewalDue ? [] : ["sectionMap"] },
    );
  }

  /** The provider writes the item as a whole, and removes what is not declared: people's fields and tags are, too. */
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
        tags: [...itemTags(), ...args.peoples.tags],
        sectionMap: withPeoplesFields(
          {
            [KEY_SECTION]: {
              fieldMap: {
                [UUID]: { type: "STRING", value: apiKey.id },
                [EXPIRES_AT]: { type: "STRING", value: apiKey.expiresAt },
              },
            },
          },
          args.peoples,
        ),
      },
      // A note that somebody wrote there stays.
      { parent: this, provider: args.onepassword, ignoreChanges: ["noteValue"] },
    );
  }
}
