import type { OpReference, Secret } from "../config";
import { isCalendarHeld, NEVER_EXPIRES } from "../keys/key-calendar";
import type { DeployedItem } from "./last-deploy";
import { FieldError, twinsOf } from "../systems/onepassword/item-fields";
import { NOTHING, type UnmanagedFields, unmanagedFields } from "./unmanaged-fields";
import type { ItemLister } from "../systems/onepassword/lister";
import { itemTags, lookForNotes, type NotesFound } from "./notes-found";
import { NotOneItem, type SecretSource } from "./secret-source";
import { once } from "../systems/onepassword/once";
import { messageOf } from "../systems/text";

export interface NamedSecret {
  /** The setting that refers to it. */
  readonly path: string;
  readonly secret: Secret;
}

/** The item that this program makes for a pusher's key. */
export interface OwnItem {
  /** The pusher of the key. */
  readonly pusher: string;
  readonly vaultId: string;
  readonly title: string;
  readonly lifetimeDays: number;
  readonly renewAfterDays: number;
  /** Location of an existing key in the settings. */
  readonly adoptedFrom?: OpReference;
  /** The item and the note beside it in the state; only requested if title and tags in 1Password are not conclusive. */
  readonly deployed?: () => Promise<{ item?: DeployedItem | undefined; note?: DeployedItem | undefined }>;
}

export interface VaultState {
  /** Whether the key in 1Password is due for renewal, by this machine's clock; a missing key is due. */
  readonly renewalDue: boolean;
  /** User-added content of the key's item, which is kept when the item is written. */
  readonly unmanaged: UnmanagedFields;
  /** Id of the key's item, if it exists. */
  readonly itemId?: string;
  /** The notes beside the key's item, as far as they are known. */
  readonly notes?: NotesFound;
}

/** For a pusher without an item. */
export const NOTHING_FOUND: VaultState = { renewalDue: true, unmanaged: NOTHING };

/** Section and field of the item with the key's expiry. */
export const KEY_SECTION = "key";
export const EXPIRES_AT = "expires at";
export const UUID = "uuid";
const DAY_MS = 86_400_000;

/**
 * Everything that this run needs and 1Password lacks. It is thrown before any resource is declared, so nothing has
 * changed.
 */
export class VaultError extends Error {
  override readonly name = "VaultError";

  constructor(readonly problems: readonly string[]) {
    const lines = problems.map((problem) => `  ${problem}`);
    super(`1Password does not have what the settings need; nothing was changed:\n${lines.join("\n")}`);
  }
}

/**
 * Reads every item that the settings refer to, and looks for the program's own, before any resource is declared:
 * after a key was minted, a problem would be found too late.
 *
 * @returns what was found for each pusher
 * @throws VaultError
 */
export async function checkVault(
  source: SecretSource,
  references: readonly NamedSecret[],
  owns: readonly OwnItem[],
  lister?: ItemLister,
): Promise<ReadonlyMap<string, VaultState>> {
  const problems: string[] = [];
  const reads = references.map(({ path, secret }) =>
    source.read(secret).catch((cause: unknown) => {
      problems.push(`${path}: ${explain(cause)}`);
    }),
  );
  const shared = lister && owns.length > FEW ? fromOneList(lister) : lister;
  const looked = await Promise.all(owns.map((own) => lookForState(source, own, shared)));
  await Promise.all(reads);
  problems.push(...looked.filter((found) => typeof found === "string"));
  if (problems.length > 0) throw new VaultError(problems.sort());
  return new Map(
    looked.flatMap((found, index) => {
      const pusher = owns[index]?.pusher;
      return typeof found === "string" || pusher === undefined ? [] : [[pusher, found] as const];
    }),
  );
}

/** With more pushers than this, one list of the vault costs less than two look-ups each. */
const FEW = 3;

type Titled = Pick<ItemLister, "titled">;

function fromOneList(lister: ItemLister): Titled {
  const lists = new Map<string, ReturnType<ItemLister["listed"]>>();
  return {
    titled: async (vault, title) => {
      const all = await once(lists, vault, () => lister.listed(vault));
      // As 1Password compares titles.
      return all.filter((item) => item.title.toLowerCase() === title.toLowerCase());
    },
  };
}

/** @returns what is wrong */
async function lookForState(
  source: SecretSource,
  own: OwnItem,
  lister: Titled | undefined,
): Promise<VaultState | string> {
  const [found, listed] = await Promise.all([
    lookForOwn(source, own, lister),
    lister && lookForNotes(source, own, lister),
  ]);
  if (typeof found === "string") return found;
  // Without an item there is no note: the provider would print that as an error.
  const notes = listed ?? (found.itemId === undefined ? undefined : await lookForNotes(source, own, lister));
  return { ...found, ...(notes && { notes }) };
}

/** @returns what is wrong, if the item cannot be this stack's */
async function lookForOwn(
  source: SecretSource,
  own: OwnItem,
  lister: Titled | undefined,
): Promise<Omit<VaultState, "notes"> | string> {
  const { pusher, title, vaultId } = own;
  const item = await findOwn(source, own, lister);
  if (typeof item === "string") return item;
  if (item === undefined) return NOTHING_FOUND;
  const tags = (item.tags as string[] | undefined) ?? [];
  // If the setting names this item as the location of the key in use, the stack takes it over.
  const wanted = own.adoptedFrom?.item.toLowerCase();
  const given = wanted !== undefined && [title.toLowerCase(), item.uuid].includes(wanted);
  const lacking = given ? [] : itemTags().filter((tag) => !tags.includes(tag));
  // The tags contain the stack's name, and a stack can be renamed.
  const deployed = lacking.length > 0 ? await own.deployed?.() : undefined;
  if (lacking.length > 0 && !(deployed?.item && deployed.item.uuid === item.uuid)) {
    return (
      `pushers.${pusher}.itemTitle: vault ${vaultId} has an item "${title}" that this stack did not make (it lacks the tag ` +
      `${lacking.join(" and ")})\n    → rename it, choose another title, or, if the key in use is in it, name it in pushers.${pusher}.from and run npm run adopt`
    );
  }
  const twins = twinsOf(item);
  if (twins.length > 0) {
    return (
      `pushers.${pusher}.itemTitle: the item "${title}" in vault ${vaultId} has several fields of one label in a section, and a write would ` +
      `keep one of them: ${twins.join(", ")}\n    → rename all but one of each`
    );
  }
  const unmanaged = unmanagedFields(item, { [KEY_SECTION]: [EXPIRES_AT, UUID] }, [
    ...itemTags(),
    ...(deployed?.note?.tags ?? []),
  ]);
  const ends = item.sectionMap[KEY_SECTION]?.fieldMap[EXPIRES_AT]?.value ?? "";
  const itemId = item.uuid;
  if (ends === NEVER_EXPIRES || isCalendarHeld(process.env)) return { itemId, unmanaged, renewalDue: false };
  const left = Date.parse(ends) - Date.now();
  return { itemId, unmanaged, renewalDue: !(left > (own.lifetimeDays - own.renewAfterDays) * DAY_MS) };
}

type Item = Awaited<ReturnType<SecretSource["item"]>>;

/** The item with this title, or, if the title was changed, the one in the state, so that its unmanaged fields stay. */
async function findOwn(
  source: SecretSource,
  { pusher, vaultId, title, deployed }: OwnItem,
  lister: Titled | undefined,
): Promise<Item | string | undefined> {
  const held = async () => {
    const id = (await deployed?.())?.item?.uuid;
    if (id === undefined) return undefined;
    return source.item(vaultId, id).catch(async (cause: unknown) => {
      // A failed read must not look like a deleted item: the update would drop its unmanaged fields.
      if (await source.lacks(vaultId, id)) return undefined;
      throw cause;
    });
  };
  try {
    const listed = await lister?.titled(vaultId, title);
    const [only, second] = listed ?? [];
    if (listed && second) throw new NotOneItem(listed.length, title, vaultId);
    if (listed && !only) return await held();
    // With its id no second look-up is needed.
    return await source.item(vaultId, only?.id ?? title);
  } catch (cause) {
    if (!(cause instanceof NotOneItem)) {
      return `onepassword.vaultId: cannot look into the vault ${vaultId}: ${messageOf(cause)}\n    → is the id right, and may the token read it?`;
    }
    if (cause.count === 0) return held();
    return `pushers.${pusher}.itemTitle: ${cause.message}, and one of them is to hold its key\n    → rename the others`;
  }
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
