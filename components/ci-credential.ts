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
  /** A user-made key to adopt: it is used until it is due. */
  readonly adopt?: pulumi.Input<string>;
  /** Whether the adopted key is revoked after it was replaced. */
  readonly revokeAdopted?: true;
  readonly vaultId: string;
  readonly itemTitle: string;
  /** Whether this run will probably mint a key; if so, the note tests the write access first. */
  readonly renewalDue: boolean;
  /** User-added fields and tags of the item. */
  readonly unmanaged: UnmanagedFields;
  /** Id of the existing item with this title, if this stack made it. */
  readonly itemId?: string;
  /** The notes beside it, as far as they are known. */
  readonly notes?: NotesFound;
  /** Whether 1Password certainly lacks an item, given the ids of the vault and the item. */
  readonly isGone: (vault: string, id: string) => Promise<boolean>;
  /** Protects the items of this run. */
  readonly kept: KeptItems;
  readonly onepassword: onepassword.Provider;
}

/** A pusher's API key: minted by a headless login, tested, and stored in its own 1Password item. */
export class CiCredential extends pulumi.ComponentResource {
  readonly username: pulumi.Output<string>;
  /** The key, available once 1Password has stored it: no consumer may get a key that could not be stored. */
  readonly key: pulumi.Output<string>;
  readonly uuid: pulumi.Output<string>;
  readonly expiresAt: pulumi.Output<string>;
  readonly registryUrl: pulumi.Output<string>;
  /** Former keys. */
  readonly former: pulumi.Output<FormerKey[]>;
  /** The key that 1Password has. */
  readonly consumers: pulumi.Output<KeyConsumer[]>;
  /** The key's label in zot's list; it identifies this stack's keys. */
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
    // All consumers get the recorded key, so no consumer has an unrecorded one.
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
   * This note shows that the token may not write, before a key is minted: 1Password does not report a token's rights,
   * and the key's own item can only be written after the key. The note's text changes with the inputs of a new key,
   * and its date when a key is due; otherwise it is not written.
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

  /**
   * The provider writes an item as a whole and removes undeclared parts, so unmanaged fields and tags are declared
   * too.
   */
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
        // Keeps a note that a user wrote there.
        ignoreChanges: ["noteValue"],
        hooks: args.kept.hooks,
      },
    );
    kept.warnIfGone(item);
    return item;
  }
}

/** The provider fails to update an item that is gone. A renewal must not fail for a note. */
function unchangedInNote({ notes, renewalDue }: CiCredentialArgs): string[] {
  if (notes?.count === 0) return ["title", "noteValue", "tags", "sectionMap"];
  return renewalDue ? [] : ["sectionMap"];
}

/**
 * Why no second item with this title may be made. 1Password accepts duplicate titles, and an item whose creation
 * succeeded without an answer is missing in the state.
 */
function noSecondItem({ itemId, itemTitle, vaultId }: CiCredentialArgs): string | undefined {
  if (itemId === undefined) return undefined;
  return (
    `vault ${vaultId} has an item "${itemTitle}" already, ${itemId}, which this stack made and the state does not hold: the ` +
    `answer to its creation was lost, or a state. Delete it (op item delete ${itemId} --vault ${vaultId}), then run pulumi up again`
  );
}
