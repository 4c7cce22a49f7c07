import * as pulumi from "@pulumi/pulumi";
import { type FoundIdentity, lookUpIdentity, type WantedIdentity } from "../systems/authentik/identity";
import { AuthentikReader } from "../systems/authentik/reader";

/**
 * Reads Authentik before anything is declared: a name that is missing there would stop a deploy half-way, and differences that
 * mean nothing are told from those that do by what exists.
 *
 * @throws AuthentikNamesError, SystemError
 */
export async function observeDirectory(wanted: WantedIdentity, token: string): Promise<FoundIdentity> {
  const found = await lookUpIdentity(new AuthentikReader(wanted.url, token), wanted);
  const disabled = [...found.accounts].filter(([, account]) => account.disabled).map(([name]) => name);
  if (disabled.length > 0) {
    await pulumi.log.warn(
      `the service account ${disabled.join(", ")} is disabled in Authentik: it cannot log in, and so no key can be minted. ` +
        "pulumi up --refresh enables it again",
    );
  }
  return found;
}
