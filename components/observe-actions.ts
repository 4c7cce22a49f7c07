import * as pulumi from "@pulumi/pulumi";
import { ForgejoClient } from "../systems/forgejo/forgejo-client";
import { label, type Place, placeKey } from "../systems/forgejo/place";

/**
 * Announces secrets that no job will ever see: Forgejo keeps those of a repository whose Actions are off like any others.
 * What cannot be asked is not announced; that something is wrong with it shows when the secrets are written.
 */
export async function observeActions(url: string, token: string, places: readonly Place[]): Promise<void> {
  const client = new ForgejoClient(url);
  const repositories = new Map(
    places.filter(({ repository }) => repository !== undefined).map((place) => [placeKey(place), place]),
  );
  const asked = await Promise.all(
    [...repositories.values()].map(async (place) => ({ place, on: await client.hasActions(place, token) })),
  );
  const off = asked.filter(({ on }) => on === false).map(({ place }) => label(place));
  if (off.length === 0) return;
  await pulumi.log.warn(
    `Actions are switched off in ${off.join(", ")}: no job will see the secrets that are kept there. Switch Actions on ` +
      "(Settings → Units → Overview), or leave the repository out of forgejo.repositories",
  );
}
