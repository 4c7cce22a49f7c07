import { clientsOfRegistry, secondClient } from "../systems/authentik/client";
import type { FoundIdentity, WantedIdentity } from "../systems/authentik/identity";
import { AuthentikNamesError, quoted } from "../systems/authentik/names";
import { AuthentikReader } from "../systems/authentik/reader";
import { AUTHENTIK } from "../systems/pulumi/types";
import { isHeld } from "./last-deploy";

export interface SecondClientArgs {
  readonly found: FoundIdentity;
  readonly wanted: WantedIdentity;
  readonly callbackUrl: string;
  /** The client id that zot uses on the host. */
  readonly clientIds: readonly string[];
  readonly token: string;
  /** Whether this run only looks for objects to adopt. */
  readonly isAdopting: boolean;
}

/**
 * Refuses settings that would create a second OIDC client or application beside those that the registry uses and this
 * stack does not manage: people would log in with one, and the settings would control the other.
 *
 * @throws AuthentikNamesError; no resource was declared
 */
export async function refuseSecondClient(args: SecondClientArgs): Promise<void> {
  const { callbackUrl, clientIds, found, isAdopting, token, wanted } = args;
  // If the engine does not report its state, it may hold them; the systems themselves would refuse most duplicates.
  if ((await isHeld(AUTHENTIK.application, "identity-application")) !== false) return;
  const { application, provider } = found;
  if (application) {
    if (isAdopting) return;
    const its = provider
      ? ` with the provider ${quoted(provider.name)} (client id ${quoted(provider.clientId)})`
      : "";
    const problem = {
      setting: wanted.settings.slug,
      problem: `the application ${quoted(application.name)} (slug ${quoted(application.slug)})${its} exists, and this stack does not hold it`,
      fix: "adopt it: npm run adopt -- --stack NAME --apply; for another registry choose another slug",
    };
    throw new AuthentikNamesError([problem], wanted.url);
  }
  const inUse = await clientsOfRegistry(new AuthentikReader(wanted.url, token), {
    clientIds,
    callbackUrl,
    names: [wanted.applicationName],
  });
  const problem = secondClient(inUse, wanted);
  if (problem) throw new AuthentikNamesError([problem], wanted.url);
}
