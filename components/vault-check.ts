import * as pulumi from "@pulumi/pulumi";
import type { OpReference, Secret } from "../config";
import { NEVER } from "../provider/key-calendar";
import { FieldError } from "../onepassword/item-fields";
import { NOTHING, type PeoplesFields, peoplesFields } from "./peoples-fields";
import { messageOf, NotOneItem, type SecretSource } from "./secret-source";

export interface NamedSecret {
  /** The setting that refers to it. */
  readonly path: string;
  readonly secret: Secret;
}

/** The item that this program makes for the minted key. */
export interface OwnItem {
  readonly vaultId: string;
  readonly title: string;
  readonly lifetimeDays: number;
  readonly renewAfterDays: number;
  /** Where the settings find the key that CI uses already. */
  readonly adoptedFrom?: OpReference;
}

/**
 * Counts items without failing where there is none. The provider's own look-up fails then, and prints that as an error of
 * the whole update even where the program expects it (the bridge to Terraform's provider, measured with 1.1.3).
 */
export interface ItemCounter {
  count(vault: string, title: string): Promise<number>;
}

export interface VaultState {
  /** Whether the key that 1Password holds is due for renewal, by this machine's clock; a key that is not there yet is. */
  readonly renewalDue: boolean;
  /** What people keep in the key's item, and what is kept for them when it is written. */
  readonly peoples: PeoplesFields;
  /** Id of the key's item, where there is one. */
  readonly itemId?: string;
  /** Whether the note beside the key's item is gone, as far as can be told. */
  readonly noteGone: boolean;
}

/** Section and field of the item that say when its key ends. */
export const KEY_SECTION = "key";
export const EXPIRES_AT = "expires at";
export const UUID = "uuid";
const DAY_MS = 86_400_000;

/** Of the note beside the key's item. */
export function noteTitle(itemTitle: string): string {
  return `${itemTitle}: about this item`;
}

/** By these an item is known to be this stack's. */
export function itemTags(): string[] {
  return ["zot-access", pulumi.getStack()];
}

/** Everything that 1Password lacks for this run. Nothing was declared, and so nothing changed, when it is thrown. */
export class VaultError extends Error {
  override readonly name = "VaultError";

  constructor(readonly problems: readonly string[]) {
    const lines = problems.map((problem) => `  ${problem}`);
    super(`1Password cannot give what the settings ask for; nothing was changed:\n${lines.join("\n")}`);
  }
}

/**
 * Reads every item that the settings refer to, and looks for the program's own, before anything is declared: what comes
 * out only once a key has been minted comes out too late.
 *
 * @throws VaultError
 */
export async function checkVault(
  source: SecretSource,
  references: readonly NamedSecret[],
  own: OwnItem,
  counter?: ItemCounter,
): Promise<VaultState> {
  const problems: string[] = [];
  const reads = references.map(({ path, secret }) =>
    source.read(secret).catch((cause: unknown) => {
      problems.push(`${path}: ${explain(cause)}`);
    }),
  );
  const [found, notes] = await Promise.all([
    lookForOwn(source, own, counter),
    // What is wrong with the vault, the look-up of the item tells.
    counter?.count(own.vaultId, noteTitle(own.title)).catch(() => undefined),
  ]);
  await Promise.all(reads);
  if (typeof found === "string") problems.push(found);
  if (typeof found === "string" || problems.length > 0) throw new VaultError(problems.sort());
  const { itemId } = found;
  if (itemId !== undefined && notes === 0) {
    void pulumi.log.warn(
      `1Password has no note beside "${own.title}"; where this run does not make it, one with --refresh does`,
    );
  }
  if (itemId === undefined && notes !== undefined && notes > 0) {
    void pulumi.log.warn(
      `1Password has no item "${own.title}", but the note beside it: if somebody deleted the item, a run with --refresh makes it again`,
    );
  }
  return { ...found, noteGone: itemId !== undefined && notes === 0 };
}

/** @returns what is wrong, in words, where the item cannot be this stack's. */
async function lookForOwn(
  source: SecretSource,
  own: OwnItem,
  counter: ItemCounter | undefined,
): Promise<Omit<VaultState, "noteGone"> | string> {
  const { title, vaultId } = own;
  let item: Awaited<ReturnType<SecretSource["item"]>>;
  try {
    if ((await counter?.count(vaultId, title)) === 0) return { renewalDue: true, peoples: NOTHING };
    item = await source.item(vaultId, title);
  } catch (cause) {
    if (!(cause instanceof NotOneItem)) {
      return `onepassword.vaultId: cannot look into the vault ${vaultId}: ${messageOf(cause)}\n    → is the id right, and may the token read it?`;
    }
    if (cause.count === 0) return { renewalDue: true, peoples: NOTHING };
    return `ciCredential.itemTitle: ${cause.message}, and one of them is to hold CI's key\n    → rename the others`;
  }
  const tags = (item.tags as string[] | undefined) ?? [];
  // Whoever says that CI's key is in this very item has it taken over.
  const wanted = own.adoptedFrom?.item.toLowerCase();
  const given = wanted !== undefined && [title.toLowerCase(), item.uuid].includes(wanted);
  const lacking = given ? [] : itemTags().filter((tag) => !tags.includes(tag));
  if (lacking.length > 0) {
    return (
      `ciCredential.itemTitle: vault ${vaultId} has an item "${title}" that this stack did not make (it lacks the tag ` +
      `${lacking.join(" and ")})\n    → rename it, choose another title, or, if CI's key is in it, name it in ciCredential.from and run npm run adopt`
    );
  }
  const peoples = peoplesFields(item, { [KEY_SECTION]: [EXPIRES_AT, UUID] }, itemTags());
  const ends = item.sectionMap[KEY_SECTION]?.fieldMap[EXPIRES_AT]?.value ?? "";
  const itemId = item.uuid;
  if (ends === NEVER) return { itemId, peoples, renewalDue: false };
  const left = Date.parse(ends) - Date.now();
  return { itemId, peoples, renewalDue: !(left > (own.lifetimeDays - own.renewAfterDays) * DAY_MS) };
}

function explain(cause: unknown): string {
  if (cause instanceof FieldError) return cause.message;
  if (!(cause instanceof NotOneItem)) {
    return `${messageOf(cause)}\n    → check the reference, and that the token may read the vault`;
  }
  const fix =
    cause.count === 0
      ? "check the title, or that the token may read the vault"
      : "write the item's id in the reference";
  return `${cause.message}\n    → ${fix}`;
}
