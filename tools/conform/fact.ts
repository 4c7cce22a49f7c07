import type { Plain } from "./plain";

/** Who asks: with the side's own token unless told otherwise. */
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
  /** What the answer must hold in its plain form (plain.ts): of maps these keys, of lists as many entries. */
  readonly body?: unknown;
  /** Keys that the body, or a list's first entry, must have. */
  readonly keys?: string;
  readonly headers?: Readonly<Record<string, Plain>>;
}

/**
 * One thing that this project takes for granted of a system: a request, and the answer. Texts of the request may hold names in
 * braces: `{ns}`, and what answers before it were asked to keep.
 */
export interface Fact {
  /** What it shows, in words; no two facts of a system show the same. */
  readonly shows: string;
  /** What in this project depends on it. */
  readonly needs: string;
  /** Method and path: `POST core/groups/`. */
  readonly ask: string;
  readonly as?: Asker;
  readonly headers?: Readonly<Record<string, string>>;
  /** Sent as JSON; a text is sent as it is. */
  readonly body?: unknown;
  /** Sent so many times, with `{i}` for the number of each; the last answer counts. */
  readonly times?: number;
  /** The server shows what was written after a while: it is asked until it answers as expected, and its last answer counts. */
  readonly settles?: true;
  /** Values of the answer that later facts use, by their place: `results.0.pk`, or `location.code` of the address it leads to. */
  readonly keep?: Readonly<Record<string, string>>;
  readonly expect: Expected;
  /** What is expected otherwise of these flavours. */
  readonly otherwise?: Readonly<Record<string, Expected>>;
  /** Asked of these flavours alone. */
  readonly only?: readonly string[];
  /**
   * How far the two answers are compared: all of it; `shape`, the keys and the types of their values, where it holds what others
   * made or a server makes up; `status` and headers, where the text is made for people.
   */
  readonly compare?: "all" | "shape" | "status";
}

export const NOBODY: Asker = { kind: "nobody" };
export const browser = (name: string): Asker => ({ kind: "browser", name });
export const withToken = (token: string): Asker => ({ kind: "token", token });

/** A difference that was looked into and stays. */
export interface KnownDifference {
  /** Of which fact; a text that ends in `*` stands for all that begin so. */
  readonly fact: string;
  /** Where in the answer; `*` at its end as above. */
  readonly at: string;
  /** The flavours that it is known of; left out: all of them. */
  readonly flavours?: readonly string[];
  /** Why it may stay. */
  readonly reason: string;
}

export function expectedOf({ expect, otherwise }: Fact, flavour: string): Expected {
  return { ...expect, ...otherwise?.[flavour] };
}
