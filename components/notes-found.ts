import * as pulumi from "@pulumi/pulumi";
import { noteTitle } from "../config/derived";
import type { ItemLister } from "../systems/onepassword/lister";
import { NotOneItem, type SecretSource } from "./secret-source";

/** Notes beside the key's item: by their title, which 1Password lets any number of items have. */
export interface NotesFound {
  readonly count: number;
  /** Ids of those that this stack made, as far as they can be told. */
  readonly ids: readonly string[];
}

/** By these an item is known to be this stack's. */
export function itemTags(): string[] {
  return ["zot-access", pulumi.getStack()];
}

/** @returns undefined where it cannot be told: what is wrong with the vault, the look-up of the key's item says. */
export async function lookForNotes(
  source: SecretSource,
  { vaultId, title }: { readonly vaultId: string; readonly title: string },
  lister: Pick<ItemLister, "titled"> | undefined,
): Promise<NotesFound | undefined> {
  try {
    if (!lister) return { count: 1, ids: [(await source.item(vaultId, noteTitle(title))).uuid] };
    const found = await lister.titled(vaultId, noteTitle(title));
    const ours = found.filter(({ tags }) => itemTags().every((tag) => tags.includes(tag)));
    return { count: found.length, ids: ours.map(({ id }) => id) };
  } catch (cause) {
    return cause instanceof NotOneItem ? { count: cause.count, ids: [] } : undefined;
  }
}

/**
 * Names the notes of this stack that the state does not hold: each was made without an answer, by a run that made another
 * one later. Nothing refers to them, so they stop nothing.
 *
 * @param own id of the one in the state
 */
export function otherNotes(
  { count, ids }: NotesFound,
  own: string,
  { vaultId, title }: { readonly vaultId: string; readonly title: string },
): string | undefined {
  const others = ids.filter((id) => id !== own);
  const what = `of "${noteTitle(title)}" the vault ${vaultId} has`;
  if (others.length > 0) {
    const commands = others.map((id) => `op item delete ${id} --vault ${vaultId}`).join("; ");
    return `${what} more than the state does, ${others.join(", ")}: an answer to the creation was lost. Delete the duplicates: ${commands}`;
  }
  if (ids.length > 0 || count < 2) return undefined;
  return `${what} ${count}, and the state holds ${own}: the answer to a creation was lost. Delete the others`;
}
