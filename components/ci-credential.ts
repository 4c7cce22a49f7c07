import * as onepassword from "@pulumi/onepassword";
import * as pulumi from "@pulumi/pulumi";
import { KeyHistory, ZotApiKey } from "../provider/resources";
import type { FormerKey } from "../provider/key-history";
import type { PusherLogin } from "./ci-login";
import { type KeyConsumer, consumersOf } from "./key-consumers";
import type { KeptItems } from "./kept-item";
import { itemTags, type NotesFound, otherNotes } from "./notes-found";
import { type UnmanagedFields, withUnmanagedFields } from "./unmanaged-fields";
import { EXPIRES_AT, KEY_SECTION, UUID } from "./vault-check";
import { noteTitle } from "../config/derived";
import { COMPONENT } from "../systems/pulumi/types";

export interface CiCredentialArgs {
  readonly registryUrl: string;
  readonly authentikUrl: string;
  readonly login: PusherLogin;
  /** Groups of the account, by name. */
  readonly groups: readonly string[];
  readonly lifetimeDays: number;
  readonly renewAfterDays: number;
  /** A key that people made and that is in use: taken as it is, until it is due. */
  readonly adopt?: pulumi.Input<string>;
  /** Whether that key is revoked once it has been replaced. */
  readonly revokeAdopted?: true;
  readonly vaultId: string;
  readonly itemTitle: string;
  /** Whether a key will be minted in this run, as far as that can be told before; decides when writing is tried first. */
  readonly renewalDue: boolean;
  /** What else is in that item. */
  readonly unmanaged: UnmanagedFields;
  /** Id of the item that 1Password has of this title; made by this stack. */
  readonly itemId?: string;
  /** The notes beside it that 1Password has, as far as can be told. */
  readonly notes?: NotesFound;
  /** Whether 1Password certainly lacks an item, by the ids of its vault and itself. */
  readonly isGone: (vault: string, id: string) => Promise<boolean>;
  /** What watches over this run's items. */
  readonly kept: KeptItems;
  readonly onepassword: onepassword.Provider;
}

/** A pusher's API key: minted by a login without a browser, proven, and kept in a 1Password item of its own. */
export class CiCredential extends pulumi.ComponentResource {
  readonly username: pulumi.Output<string>;
  /** The key, only after 1Password has it: no consumer may hold a key that could not be stored. */
  readonly key: pulumi.Output<string>;
  readonly uuid: pulumi.Output<string>;
  readonly expiresAt: pulumi.Output<string>;
  readonly registryUrl: pulumi.Output<string>;
  /** Keys that were in use before this one. */
  readonly former: pulumi.Output<FormerKey[]>;
  /** Which key 1Password has. */
  readonly consumers: pulumi.Output<KeyConsumer[]>;
  /** What zot lists the key under; tells this stack's keys from all others of the user. */
  readonly label: pulumi.Output<string>;

  constructor(name: string, args: CiCredentialArgs, opts?: pulumi.ComponentResourceOptions) {
    super(COMPONENT.ciCredential, name, {}, opts);
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
    // Everybody is given what is written down here, so that none has a key of which nothing is known.
    const inUse = new KeyHistory(
      `${name}-keys`,
      {
        registryUrl: apiKey.registryUrl,
        username: apiKey.username,
        label: this.label,
        key: apiKey.key,
        uuid: apiKey.id,
        createdAt: apiKey.createdAt,
        expiresAt: apiKey.expiresAt,
        adopted: apiKey.adopted,
      },
      { parent: this },
    );
    const item = this.store(name, args, inUse);
    this.registryUrl = inUse.registryUrl;
    this.username = inUse.username;
    this.key = pulumi.secret(pulumi.all([inUse.key, item.uuid]).apply(([key]) => key));
    this.uuid = inUse.uuid;
    this.expiresAt = inUse.expiresAt;
    this.former = inUse.former;
    this.consumers = item.sectionMap.apply((sections) =>
      consumersOf([{ holder: "1Password", uuid: sections?.[KEY_SECTION]?.fieldMap?.["uuid"]?.value }]),
    );
    this.registerOutputs({ uuid: this.uuid, expiresAt: this.expiresAt });
  }

  /**
   * A token that may not write is found out by this note, while no key has been minted: 1Password tells nobody what a token
   * may do, and the key's own item can only come after the key. Written before each key, since its text changes with what
   * makes another key, and its date when one is due; left alone in between.
   */
  private tryToWrite(name: string, args: CiCredentialArgs): onepassword.Item {
    const { notes, isGone, vaultId, itemTitle } = args;
    const kept = args.kept.keep(`${name}-note`, {
      title: noteTitle(itemTitle),
      seen: notes?.ids ?? [],
      isGone,
    });
    const note = new onepassword.Item(
      `${name}-note`,
      {
        vault: args.vaultId,
        title: noteTitle(args.itemTitle),
        category: "secure_note",
        noteValue: pulumi.interpolate`The stack ${pulumi.getProject()}/${pulumi.getStack()} makes, renews and revokes the key in "${args.itemTitle}": for ${args.login.username}, with the groups ${args.groups.join(", ")}, at ${args.registryUrl}, for ${args.lifetimeDays} days each. What is changed there by hand is overwritten, and what is added stays. This note is written first, to see whether the vault can be written to.`,
        tags: itemTags(),
        sectionMap: {
          renewal: { fieldMap: { begun: { type: "STRING", value: new Date().toISOString().slice(0, 10) } } },
        },
      },
      {
        parent: this,
        provider: args.onepassword,
        ignoreChanges: unchangedInNote(args),
        hooks: args.kept.hooks,
      },
    );
    kept.warnIfGone(note);
    note.uuid.apply(async (uuid) => {
      const warning = notes && otherNotes(notes, uuid, { vaultId, title: itemTitle });
      if (warning !== undefined) await pulumi.log.warn(warning);
    });
    return note;
  }

  /** The provider writes the item as a whole, and removes what is not declared: unmanaged fields and tags are, too. */
  private store(name: string, args: CiCredentialArgs, inUse: KeyHistory): onepassword.Item {
    const kept = args.kept.keep(`${name}-item`, {
      title: args.itemTitle,
      seen: args.itemId === undefined ? [] : [args.itemId],
      isGone: args.isGone,
      refusal: noSecondItem(args),
    });
    const item = new onepassword.Item(
      `${name}-item`,
      {
        vault: args.vaultId,
        title: args.itemTitle,
        category: "login",
        username: inUse.username,
        password: inUse.key,
        url: inUse.registryUrl,
        tags: [...itemTags(), ...args.unmanaged.tags],
        sectionMap: withUnmanagedFields(
          {
            [KEY_SECTION]: {
              fieldMap: {
                [UUID]: { type: "STRING", value: inUse.uuid },
                [EXPIRES_AT]: { type: "STRING", value: inUse.expiresAt },
              },
            },
          },
          args.unmanaged,
        ),
      },
      {
        parent: this,
        provider: args.onepassword,
        // A note that somebody wrote there stays.
        ignoreChanges: ["noteValue"],
        hooks: args.kept.hooks,
      },
    );
    kept.warnIfGone(item);
    return item;
  }
}

/** The provider fails to update what is gone, and a renewal must not fail for a note. */
function unchangedInNote({ notes, renewalDue }: CiCredentialArgs): string[] {
  if (notes?.count === 0) return ["title", "noteValue", "tags", "sectionMap"];
  return renewalDue ? [] : ["sectionMap"];
}

/**
 * Why the item of the title may not be made, where 1Password has one: it takes any number of them, and an item whose creation
 * was carried out while its answer was lost is there without being in the state.
 */
function noSecondItem({ itemId, itemTitle, vaultId }: CiCredentialArgs): string | undefined {
  if (itemId === undefined) return undefined;
  return (
    `vault ${vaultId} has an item "${itemTitle}" already, ${itemId}, which this stack made and the state does not hold: the ` +
    `answer to its creation was lost, or a state. Delete it (op item delete ${itemId} --vault ${vaultId}), then run pulumi up again`
  );
}
