import * as pulumi from "@pulumi/pulumi";
import { noteTitle } from "../config/derived";
import type { ItemLister } from "../systems/onepassword/lister";
import { NotOneItem, type SecretSource } from "./secret-source";

/** Notes beside the key's item, by title; 1Password accepts duplicate titles. */
export interface NotesFound {
  readonly count: number;
  /** Ids of those that this stack made, as far as they are known. */
  readonly ids: readonly string[];
}

/** The tags that mark an item of this stack. */
export function itemTags(): string[] {
  return ["zot-access", pulumi.getStack()];
}

/** @returns undefined if it is unknown; the look-up of the key's item reports what is wrong with the vault. */
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
 * Names this stack's notes that the state lacks: each was created without an answer, and a later run created another
 * one. Nothing refers to them, so they block nothing.
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
