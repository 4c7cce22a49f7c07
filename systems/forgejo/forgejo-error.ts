import { type Peer, StatusError } from "../http/errors";
import type { SecretScope } from "./scope";

export const FORGEJO: Peer = { name: "Forgejo", setting: "forgejo.url" };

/** Answers that name another address. */
export const REDIRECTS: readonly number[] = [301, 302, 307, 308];

/** Whether Forgejo refused to show a scope's secrets. */
export function isUnreadable(error: unknown): error is StatusError {
  return error instanceof StatusError && [401, 403, 404, ...REDIRECTS].includes(error.status);
}

/** What to do about a status. */
export function hintFor(status: number, method: string, scope: SecretScope): string {
  const organisation = scope.repository === undefined;
  const tokenScope = organisation ? "write:organization" : "write:repository";
  switch (status) {
    case 301:
    case 302:
    case 307:
    case 308:
      return organisation
        ? "write forgejo.url exactly as Forgejo's own ROOT_URL, with its scheme"
        : "was the repository renamed, or is forgejo.url not Forgejo's own ROOT_URL with its scheme?";
    case 400:
      return "it refuses the secret's name; see docs/settings.md for the rules";
    case 401:
      // A destroy runs no program: it has the token of the state.
      return method === "DELETE"
        ? "the token of the last pulumi up is not valid any more: store a new one where forgejo.token points, and run pulumi up first"
        : "forgejo.token is not a valid token: create a new one and store it where the setting points";
    case 403:
      return organisation
        ? `forgejo.token needs the scope ${tokenScope}, and its user must be an owner of the organisation`
        : `forgejo.token needs the scope ${tokenScope}, and its user must own the repository`;
    case 404:
      return organisation
        ? "the organisation does not exist, or forgejo.token may not see it"
        : "the repository does not exist, forgejo.token may not see it, or it has Actions switched off";
    case 422:
      return method === "PUT"
        ? "it refuses the value: an Actions secret may not be empty"
        : "it does not understand the request; is forgejo.url that of a Forgejo with Actions?";
    default:
      return "it was tried several times; run the command again when Forgejo is well";
  }
}
