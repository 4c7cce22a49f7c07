import type { Plain } from "./plain";

/** The user of the request; default: the side's own token. */
export type Asker =
  | { readonly kind: "nobody" }
  /** With another token; it may hold names in braces. */
  | { readonly kind: "token"; readonly token: string }
  /** With an access token of OAuth. */
  | { readonly kind: "bearer"; readonly token: string }
  | { readonly kind: "basic"; readonly user: string; readonly password: string }
  /** With the cookies that this browser was given by the answers before. */
  | { readonly kind: "browser"; readonly name: string };

export interface Expected {
  readonly status?: number;
  /** The expected answer in its plain form (plain.ts): these keys of maps, the same number of entries of lists. */
  readonly body?: unknown;
  /** Required keys of the body, or of a list's first entry. */
  readonly keys?: string;
  readonly headers?: Readonly<Record<string, Plain>>;
}

/**
 * One assumption of this project about a system: a request, and its answer. Texts of the request may contain names in
 * braces: `{ns}`, values that were kept from earlier answers, the browser's cookies by their names, and `{totp}` for a TOTP code.
 */
export interface Fact {
  /** What it shows; unique within a system. */
  readonly shows: string;
  /** What in this project depends on it. */
  readonly needs: string;
  /** Method and path: `POST core/groups/`. */
  readonly ask: string;
  readonly as?: Asker;
  readonly headers?: Readonly<Record<string, string>>;
  /** Sent as JSON; a text is sent as it is. */
  readonly body?: unknown;
  /** Sent this many times, with `{i}` for the number; the last answer counts. */
  readonly times?: number;
  /**
   * The server shows a write only after a while: the request is repeated until the answer is as expected, and the
   * last answer counts.
   */
  readonly settles?: true;
  /** Values of the answer that later facts use, by their place: `results.0.pk`, or `location.code` of the address it leads to. */
  readonly keep?: Readonly<Record<string, string>>;
  readonly expect: Expected;
  /** Expected differences of these flavours. */
  readonly otherwise?: Readonly<Record<string, Expected>>;
  /** Only sent to these flavours. */
  readonly only?: readonly string[];
  /**
   * How far the two answers are compared: completely; `shape`, the keys and the types of their values, if other users
   * or the server itself set them; `status` and headers, if the text is made for people; `code`, only the status, if a header counts
   * objects of other users.
   */
  readonly compare?: "all" | "shape" | "status" | "code";
}

export const NOBODY: Asker = { kind: "nobody" };
export const browser = (name: string): Asker => ({ kind: "browser", name });
export const withToken = (token: string): Asker => ({ kind: "token", token });

/** A difference that was examined and stays. */
export interface KnownDifference {
  /** The fact; a text that ends in `*` matches every fact with that prefix. */
  readonly fact: string;
  /** The place in the answer; `*` at its end as above. */
  readonly at: string;
  /** The flavours for which it is known; left out: all of them. */
  readonly flavours?: readonly string[];
  /** Why it is acceptable. */
  readonly reason: string;
}

export function expectedOf({ expect, otherwise }: Fact, flavour: string): Expected {
  return { ...expect, ...otherwise?.[flavour] };
}
