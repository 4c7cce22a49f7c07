import type { Place } from "./place";

/** Answers that name another address. */
export const REDIRECTS: readonly number[] = [301, 302, 307, 308];

/** A request that Forgejo refused or did not answer. Holds no body: Forgejo may echo what it was sent. */
export class ForgejoError extends Error {
  override readonly name = "ForgejoError";

  constructor(
    /** undefined: no answer. */
    readonly status: number | undefined,
    what: string,
    hint: string,
  ) {
    super(`${what}: ${status === undefined ? "no answer" : `Forgejo answered ${status}`}. ${hint}`);
  }
}

/** Whether Forgejo did not let it be asked what a place holds. */
export function saysNothing(error: unknown): error is ForgejoError {
  return error instanceof ForgejoError && [401, 403, 404, ...REDIRECTS].includes(error.status ?? 0);
}

/** The next thing to do about a status. */
export function hintFor(status: number | undefined, method: string, place: Place): string {
  const organisation = place.repository === undefined;
  const scope = organisation ? "write:organization" : "write:repository";
  switch (status) {
    case undefined:
      return "Is forgejo.url right, and does it answer from here?";
    case 301:
    case 302:
    case 307:
    case 308:
      return organisation
        ? "Write forgejo.url exactly as Forgejo's own ROOT_URL, with its scheme."
        : "Was the repository renamed, or is forgejo.url not Forgejo's own ROOT_URL with its scheme?";
    case 400:
      return "It refuses the secret's name; see docs/settings.md for the rules.";
    case 401:
      // A destroy runs no program: it has the token of the state.
      return method === "DELETE"
        ? "The token of the last pulumi up is not valid any more: store a new one where forgejo.token points, and run pulumi up first."
        : "forgejo.token is not a valid token: make a new one and store it where the setting points.";
    case 403:
      return organisation
        ? `forgejo.token needs the scope ${scope}, and its user must be an owner of the organisation.`
        : `forgejo.token needs the scope ${scope}, and its user must own the repository.`;
    case 404:
      return organisation
        ? "The organisation does not exist, or forgejo.token may not see it."
        : "The repository does not exist, forgejo.token may not see it, or it has Actions switched off.";
    case 422:
      return method === "PUT"
        ? "It refuses the value: an Actions secret may not be empty."
        : "It does not understand the request; is forgejo.url that of a Forgejo with Actions?";
    default:
      return "It was tried several times; run the command again when Forgejo is well.";
  }
}
