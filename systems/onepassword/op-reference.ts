/** A parsed `op://` secret reference: names or ids, compared without case by 1Password. */
export interface OpReference {
  readonly vault: string;
  readonly item: string;
  readonly section?: string;
  readonly field: string;
  /** `?ssh-format=openssh`: the private key in OpenSSH's own format. */
  readonly sshFormat?: "openssh";
}

/** Why a text is not a usable `op://` reference. The message never repeats the text. */
export class OpReferenceError extends Error {
  override readonly name = "OpReferenceError";
}

const PREFIX = "op://";
// 1Password's documented character set for names in references; everything else needs the object's id.
const SEGMENT = /^[A-Za-z0-9_. -]+$/;

export function looksLikeOpReference(text: string): boolean {
  return text.trim().toLowerCase().startsWith(PREFIX);
}

/**
 * Parses `op://vault/item[/section]/field[?ssh-format=openssh]`.
 *
 * Stricter than the `op` command, which accepts empty segments and stray blanks and then fails at read time.
 *
 * @throws OpReferenceError naming the part that is wrong.
 */
export function parseOpReference(text: string): OpReference {
  if (!text.startsWith(PREFIX)) throw new OpReferenceError(`does not start with ${PREFIX}`);
  const [path = "", ...queries] = text.slice(PREFIX.length).split("?");
  const sshFormat = parseQuery(queries);
  const segments = path.split("/");
  if (segments.length < 3 || segments.length > 4) {
    throw new OpReferenceError(
      `has ${segments.length} segments; expected op://vault/item/field or op://vault/item/section/field`,
    );
  }
  segments.forEach((segment, index) => checkSegment(segment, index, segments.length));
  const [vault = "", item = "", third = "", fourth] = segments;
  return {
    vault,
    item,
    ...(fourth === undefined ? { field: third } : { section: third, field: fourth }),
    ...(sshFormat && { sshFormat }),
  };
}

function checkSegment(segment: string, index: number, count: number): void {
  const name = index === 0 ? "vault" : index === 1 ? "item" : index === count - 1 ? "field" : "section";
  if (segment === "") throw new OpReferenceError(`has an empty ${name}`);
  if (segment !== segment.trim())
    throw new OpReferenceError(`has a blank at the start or end of its ${name}`);
  if (!SEGMENT.test(segment)) {
    throw new OpReferenceError(
      `has a character in its ${name} that references cannot hold (allowed: letters, digits, _ . - and space); use the ${name}'s id`,
    );
  }
}

function parseQuery(queries: string[]): "openssh" | undefined {
  if (queries.length === 0) return undefined;
  const query = queries.join("?");
  if (query === "ssh-format=openssh") return "openssh";
  if (query.startsWith("attribute=")) {
    throw new OpReferenceError("asks for an attribute; a one-time password cannot serve as a stored secret");
  }
  throw new OpReferenceError("has an unknown query; only ?ssh-format=openssh is supported");
}
