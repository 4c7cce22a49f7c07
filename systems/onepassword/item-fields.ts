import type { OpReference } from "./op-reference";

/** An item as 1Password's provider shows it, as far as references can point into it. */
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
  /** By the section's label; what is in it by the field's. */
  readonly sectionMap: Readonly<
    Record<string, { id: string; fieldMap: Readonly<Record<string, { value: string }>> }>
  >;
}

/** A reference that points at nothing, or at more than one thing. Names fields, never values. */
export class FieldError extends Error {
  override readonly name = "FieldError";
}

interface Candidate {
  readonly label: string;
  readonly value: string;
}

/** The value that a reference means. Names match without case, as in 1Password's own tools. */
export function fieldOf(item: ItemFields, reference: OpReference): string {
  const { section, field } = reference;
  const where = [reference.item, ...(section === undefined ? [] : [section])].join("/");
  const candidates =
    section === undefined
      ? [...builtIn(item, reference), ...sectionFields(item)]
      : sectionFields(item, section);
  const matches = candidates.filter(({ label }) => sameName(label, field));
  const [match, second] = matches;
  if (!match) {
    const labels = [...new Set(candidates.map(({ label }) => label))].sort();
    throw new FieldError(
      `1Password item ${where} has no field ${field}; it has ${labels.length > 0 ? labels.join(", ") : "none that can be read"}`,
    );
  }
  if (second) {
    throw new FieldError(
      `1Password item ${where} has several fields ${field}; name the section: op://vault/item/section/field`,
    );
  }
  if (match.value === "")
    throw new FieldError(`1Password item ${where} has an empty field ${field}; fill it in`);
  return match.value;
}

function builtIn(item: ItemFields, { sshFormat }: OpReference): Candidate[] {
  const privateKey = sshFormat === "openssh" ? item.privateKeyOpenssh : item.privateKey;
  const fields: Record<string, string | undefined> = {
    username: item.username,
    password: item.password,
    credential: item.credential,
    hostname: item.hostname,
    database: item.database,
    port: item.port,
    url: item.url,
    notesPlain: item.noteValue,
    "private key": privateKey,
    "public key": item.publicKey,
  };
  return Object.entries(fields).flatMap(([label, value]) => (value ? [{ label, value }] : []));
}

function sectionFields(item: ItemFields, section?: string): Candidate[] {
  return Object.entries(item.sectionMap)
    .filter(([label, { id }]) => section === undefined || sameName(label, section) || sameName(id, section))
    .flatMap(([, { fieldMap }]) => Object.entries(fieldMap).map(([label, { value }]) => ({ label, value })));
}

function sameName(left: string, right: string): boolean {
  return left.toLowerCase() === right.toLowerCase();
}
