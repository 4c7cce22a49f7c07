import { createHash } from "node:crypto";

/** What Django takes for a slug: ASCII letters, digits, hyphens and underscores (django.core.validators.validate_slug). */
const SLUG = /^[-a-zA-Z0-9_]+$/;

/**
 * A slug for a name. A name that is one stays as it is; any other is spelled with what a slug may have, and ends in a hash of
 * the name, so that `zot.ci` and `zot ci` do not meet.
 */
export function slugFor(name: string): string {
  if (SLUG.test(name)) return name;
  const readable = name
    .normalize("NFKD")
    .replace(/[^-a-zA-Z0-9_]+/g, "-")
    .replace(/^-+|-+$/g, "");
  const hash = createHash("sha256").update(name).digest("hex").slice(0, 8);
  return readable === "" ? hash : `${readable}-${hash}`;
}

/** Slug of the login flow of the accounts that push, by what it is named after. */
export const loginFlowSlug = (name: string): string => `${slugFor(name)}-authentication`;

/** Identifier of the account's app password, a slug too. */
export const appPasswordIdentifier = (username: string): string => `${slugFor(username)}-app-password`;
