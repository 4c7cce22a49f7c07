import { otherHolders, secretScopes } from "../../config/arguments";
import type { Secret, SecretOrKey } from "../../config/fields";
import { accessOf } from "../../config/grants";
import { nearest } from "../../config/problems";
import { readDirectory } from "../../systems/authentik/directory";
import { EVERY_REPOSITORY } from "../../systems/zot/access";
import { VERBS } from "../../systems/zot/grants";
import { messageOf } from "../../systems/text";
import type { StackAccess } from "../shared/stack";
import { deployedKeys } from "../verify/input";
import { rightsOf } from "./rights";
import type { Reach, ReachReport, Right } from "./types";

/** No scope of the settings has a secret with that name. */
export class NoSuchSecret extends Error {
  override readonly name = "NoSuchSecret";
}

/** The secret's role for the registry. */
interface Known {
  readonly what: string;
  readonly holder?: string;
  readonly rights: readonly Right[];
}

/**
 * What the holder of an Actions secret could do in the registry. A secret that is not a pusher's key by its setting
 * may be one by its value, or open something that decides on rights: values are compared, and never shown.
 *
 * @param asked `NAME`, `REPOSITORY/NAME` or `OWNER/REPOSITORY/NAME`
 * @throws NoSuchSecret, PulumiError, DirectoryError
 */
export async function canReach(stack: StackAccess, asked: string, now: Date): Promise<ReachReport> {
  const { settings } = stack;
  const found = placesOf(stack, asked);
  const opened = await whatOpens(stack);
  const reaches = await Promise.all(
    found.map(async ({ place, secret, source }): Promise<Reach> => {
      const known = source.kind === "key" ? opened.ofPusher(source.pusher) : await opened.byValue(source);
      return { place, secret, ...known };
    }),
  );
  return {
    stack: stack.stack,
    registryUrl: settings.registryUrl,
    askedAt: now.toISOString(),
    secret: asked,
    reaches,
  };
}

function placesOf({ settings }: StackAccess, asked: string) {
  const all = secretScopes(settings, (source: SecretOrKey) => source).flatMap((each) => {
    const repository = "repository" in each ? [each.repository] : [];
    const place = [each.owner, ...repository].join("/");
    return Object.entries(each.secrets).map(([secret, source]) => ({ place, secret, source }));
  });
  const isIt = ({ place, secret }: (typeof all)[number]) =>
    secret.toUpperCase() === asked.toUpperCase() ||
    `/${place}/${secret}`.toUpperCase().endsWith(`/${asked.toUpperCase()}`);
  const found = all.filter(isIt);
  if (found.length > 0) return found;
  const names = [...new Set(all.map(({ secret }) => secret))].sort();
  const meant = nearest(asked, names);
  throw new NoSuchSecret(
    `no repository and no organisation of the settings has a secret ${asked}; ` +
      (meant === undefined ? `there are ${names.join(", ") || "none"}` : `did you mean ${meant}?`),
  );
}

async function whatOpens(stack: StackAccess) {
  const { settings } = stack;
  const { authentik, forgejo, host, pushers } = settings;
  const access = accessOf(settings);
  const token = await stack.secret(authentik.token);
  const [directory, state] = await Promise.all([
    readDirectory(authentik.url, token, authentik.slug),
    stack.state(),
  ]);
  const keys = deployedKeys(state);
  const rights = (name: string) =>
    rightsOf(access, directory, { subject: { kind: "user", name } }).filter(({ may }) => may.length > 0);
  const ofPusher = (name: string): Known => ({
    what: `the key of ${name}`,
    holder: name,
    rights: rights(name),
  });
  const everything = (what: string, why: string): Known => ({
    what,
    rights: [{ area: EVERY_REPOSITORY, who: "whoever has it", kind: "any login", may: VERBS, why }],
  });
  const places = secretScopes(settings, (source: SecretOrKey) => source);
  const givenOut = Object.keys(pushers).filter((name) =>
    places.some(({ secrets }) =>
      Object.values(secrets).some((source) => source.kind === "key" && source.pusher === name),
    ),
  );

  const byValue = async (source: Secret): Promise<Known> => {
    let value: string;
    try {
      value = await stack.secret(source);
    } catch (error) {
      return { what: `could not be read, so that nothing is known of it: ${messageOf(error)}`, rights: [] };
    }
    const isValue = async (setting: Secret | undefined) =>
      setting !== undefined && (await stack.secret(setting).catch(() => undefined)) === value;
    const key = keys.find((each) => each.key === value);
    if (key) return ofPusher(key.username);
    for (const holder of otherHolders(settings))
      if (await isValue(holder.key))
        return { ...ofPusher(holder.username), what: `a key of ${holder.username}` };
    if (value === token)
      return everything("Authentik's API token of this stack", "by any group: Authentik's token gives them");
    for (const setting of [host.privateKey, host.proxyJump?.privateKey])
      if (await isValue(setting))
        return everything("the SSH key of the registry's host", "by zot's config and its images themselves");
    if (await isValue(forgejo.token))
      return {
        what: `Forgejo's token of this stack: a workflow that it changes can use the keys of ${givenOut.join(", ") || "nobody"}`,
        rights: givenOut.flatMap(rights),
      };
    return {
      what: "no key that the settings or the state know of: it opens nothing of the registry by itself",
      rights: [],
    };
  };
  return { ofPusher, byValue };
}
