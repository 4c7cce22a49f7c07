import * as pulumi from "@pulumi/pulumi";
import { ForgejoClient } from "../systems/forgejo/forgejo-client";
import { label, type SecretScope, scopeKey } from "../systems/forgejo/scope";

/**
 * Warns about secrets that no job will see: Forgejo keeps the secrets of a repository with disabled Actions like any
 * others. A failed request is ignored here; it shows again when the secrets are written.
 */
export async function observeActions(
  url: string,
  token: string,
  scopes: readonly SecretScope[],
): Promise<void> {
  const client = new ForgejoClient(url);
  const repositories = new Map(
    scopes.filter(({ repository }) => repository !== undefined).map((scope) => [scopeKey(scope), scope]),
  );
  const asked = await Promise.all(
    [...repositories.values()].map(async (scope) => ({ scope, on: await client.hasActions(scope, token) })),
  );
  const off = asked.filter(({ on }) => on === false).map(({ scope }) => label(scope));
  if (off.length === 0) return;
  await pulumi.log.warn(
    `Actions are switched off in ${off.join(", ")}: no job will see the secrets that are kept there. Switch Actions on ` +
      "(Settings → Units → Overview), or leave the repository out of forgejo.repositories",
  );
}
