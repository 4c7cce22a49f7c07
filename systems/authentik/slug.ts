import { createHash } from "node:crypto";

/** Django's rule for slugs: ASCII letters, digits, hyphens and underscores (django.core.validators.validate_slug). */
const SLUG = /^[-a-zA-Z0-9_]+$/;

/**
 * A slug for a name. A valid slug stays as it is; any other name is converted and gets a hash as its suffix, so that
 * `zot.ci` and `zot ci` differ.
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

/** Slug of the pushers' login flow, from its name prefix. */
export const loginFlowSlug = (name: string): string => `${slugFor(name)}-authentication`;

/** Identifier of the account's app password, a slug too. */
export const appPasswordIdentifier = (username: string): string => `${slugFor(username)}-app-password`;
