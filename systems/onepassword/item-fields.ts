import { printable } from "../text";
import type { OpReference } from "./op-reference";

export interface SectionField {
  readonly id: string;
  /** Some fields have none. */
  readonly label?: string;
  readonly value: string;
}

export interface ItemSection {
  readonly id: string;
  readonly label: string;
  readonly fields?: readonly SectionField[];
}

/** An item as 1Password's provider returns it, as far as references use it. */
export interface ItemFields {
  readonly username?: string;
  readonly password?: string;
  readonly credential?: string;
  readonly hostname?: string;
  readonly database?: string;
  readonly port?: string;
  readonly url?: string;
  readonly noteValue?: string;
  readonly privateKey?: string;
  readonly privateKeyOpenssh?: string;
  readonly publicKey?: string;
  /** As a list, which shows two fields with one label. */
  readonly sections?: readonly ItemSection[];
  /** By label, so the last of two fields with one label hides the first: only used without a list. */
  readonly sectionMap?: Readonly<
    Record<string, { id: string; fieldMap: Readonly<Record<string, { id?: string; value: string }>> }>
  >;
  /** Labels and ids of fields outside of sections that the provider does not return; undefined: unknown. */
  readonly outside?: readonly string[];
}

/** A reference to nothing, or to several fields. Names fields, never values. */
export class FieldError extends Error {
  override readonly name = "FieldError";

  constructor(message: string) {
    super(printable(message));
  }
}

interface Candidate extends SectionField {
  readonly label: string;
  /** Undefined: outside of sections. */
  readonly section: ItemSection | undefined;
}

interface BuiltIn {
  readonly label: string;
  /** Set if it differs from the label. */
  readonly id?: string;
  readonly property: Exclude<keyof ItemFields, "sections" | "sectionMap" | "outside">;
}

/** The fields outside of sections that the provider returns. */
const BUILT_IN: readonly BuiltIn[] = [
  { label: "username", property: "username" },
  { label: "password", property: "password" },
  { label: "credential", property: "credential" },
  { label: "hostname", id: "server", property: "hostname" },
  { label: "database", property: "database" },
  { label: "port", property: "port" },
  { label: "url", property: "url" },
  { label: "notesPlain", property: "noteValue" },
  { label: "private key", id: "private_key", property: "privateKey" },
  { label: "public key", id: "public_key", property: "publicKey" },
];

const MOVE = `of fields outside of sections 1Password's provider shows ${BUILT_IN.map(({ label }) => label).join(", ")} alone: move any other into a section`;

/** The value of a reference, by a field's label or id. Both are compared without case, as in 1Password's own tools. */
export function fieldOf(item: ItemFields, reference: OpReference): string {
  const { section, field } = reference;
  const where = [reference.item, ...(section === undefined ? [] : [section])].join("/");
  const inSections = sectionFields(item, section);
  const candidates = section === undefined ? [...builtIn(item, reference), ...inSections] : inSections;
  const labelled = candidates.filter(({ label }) => sameName(label, field));
  const matches = labelled.length > 0 ? labelled : candidates.filter(({ id }) => sameName(id, field));
  const [match, second] = matches;
  if (!match) {
    const labels = [...new Set(candidates.map(({ label }) => label))].sort();
    const isOutside = section === undefined && item.outside?.some((name) => sameName(name, field));
    throw new FieldError(
      isOutside === true
        ? `1Password item ${where} has the field ${field} outside of any section; ${MOVE}`
        : `1Password item ${where} has no field ${field}; it has ${labels.length > 0 ? labels.join(", ") : "none that can be read"}` +
            (section === undefined && item.outside === undefined ? ` (${MOVE})` : ""),
    );
  }
  if (second)
    throw new FieldError(`1Password item ${where} has several fields ${field}; ${waysOut(matches)}`);
  if (match.value === "")
    throw new FieldError(`1Password item ${where} has an empty field ${field}; fill it in`);
  return match.value;
}

/** A unique name for one of several: by its section if that is enough, otherwise by its id. */
function waysOut(matches: readonly Candidate[]): string {
  const sections = new Set(matches.map(({ section }) => section?.label.toLowerCase()));
  if (sections.size === matches.length) return "name the section: op://vault/item/section/field";
  const each = matches.map(({ id, section }) => `${section?.label ?? "no section"}/${id}`);
  return `rename one of them, or name the one that is meant by its id: ${each.join(" or ")}`;
}

/** Fields with the same section and label, for messages: in a map by labels, one of them is lost. */
export function twinsOf({ sections = [] }: Pick<ItemFields, "sections">): string[] {
  return sections.flatMap(({ label: section, fields = [] }) => {
    const labels = [...new Set(fields.flatMap(({ label }) => (label ? [label] : [])))];
    return labels.flatMap((label) => {
      const ids = fields.filter((field) => field.label === label).map(({ id }) => id);
      return ids.length > 1 ? [printable(`${section}/${label} (${ids.join(" and ")})`)] : [];
    });
  });
}

function builtIn(item: ItemFields, { sshFormat }: OpReference): Candidate[] {
  const known = sshFormat === "openssh" ? { ...item, privateKey: item.privateKeyOpenssh } : item;
  return BUILT_IN.flatMap(({ label, id = label, property }) => {
    const value = known[property];
    return value ? [{ id, label, value, section: undefined }] : [];
  });
}

function sectionsOf({ sections = [], sectionMap = {} }: ItemFields): readonly ItemSection[] {
  if (sections.length > 0) return sections;
  return Object.entries(sectionMap).map(([label, { id, fieldMap }]) => ({
    id,
    label,
    fields: Object.entries(fieldMap).map(([name, field]) => ({ id: name, ...field, label: name })),
  }));
}

function sectionFields(item: ItemFields, wanted?: string): Candidate[] {
  return sectionsOf(item)
    .filter(({ id, label }) => wanted === undefined || sameName(label, wanted) || sameName(id, wanted))
    .flatMap((section) =>
      (section.fields ?? []).map((field) => {
        const label = field.label === undefined || field.label === "" ? field.id : field.label;
        return { ...field, label, section };
      }),
    );
}

function sameName(left: string, right: string): boolean {
  return left.toLowerCase() === right.toLowerCase();
}
