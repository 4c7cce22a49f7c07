import { newId } from "./ids";
import { readItem, type ItemContent } from "./item-input";

/** A field as a rehearsal writes it down; those of one section share its label. */
export interface SeedField {
  readonly label: string;
  readonly value: string;
  /** Empty: the section without a label, as the command op makes it. */
  readonly section?: string;
  readonly type?: string;
  readonly purpose?: "USERNAME" | "PASSWORD" | "NOTES";
}

export interface SeedItem {
  readonly id?: string;
  readonly title: string;
  readonly category?: string;
  readonly tags?: readonly string[];
  readonly fields: readonly SeedField[];
}

/** The item that a person would have made in 1Password's own app. */
export function plant(seed: SeedItem, vaultId: string): ItemContent {
  const labels = [...new Set(seed.fields.flatMap(({ section }) => section ?? []))];
  // What the command op makes: a section without a label, of this id.
  const sections = labels.map((label) => (label === "" ? { id: "add more" } : { id: newId(), label }));
  const body = {
    title: seed.title,
    vault: { id: vaultId },
    category: seed.category ?? "LOGIN",
    tags: seed.tags ?? [],
    sections,
    fields: seed.fields.map(({ label, value, section, type, purpose }) => ({
      id: purpose === undefined ? newId() : label,
      label,
      value,
      type: type ?? (purpose === "USERNAME" ? "STRING" : "CONCEALED"),
      ...(purpose && { purpose }),
      ...(section !== undefined && {
        section: sections.find(({ label = "" }: { label?: string }) => label === section),
      }),
    })),
  };
  const content = readItem(body, vaultId, undefined);
  return { ...content, id: seed.id ?? content.id };
}
