import { EVERY_REPOSITORY } from "../access";
import { commonName } from "../glob-names";
import { type Access, isGranted } from "../grants";

/**
 * A repository that a pusher may push to, from its first glob: `blumeops/**` gives `blumeops/access-proof`.
 *
 * @param preferred is for the first pusher that may push there
 */
export function scratchRepository(access: Access, pusher: string, preferred: string | undefined): string {
  if (preferred !== undefined && firstPusherTo(access, preferred) === pusher) return preferred;
  const own = access.grants.find((grant) => grant.pusher === pusher && grant.may.includes("push"));
  const [glob = EVERY_REPOSITORY] = own?.in ?? [];
  const named = glob.replace(/\*\*?/g, "access-proof");
  const others = [...access.caches, ...(own?.except ?? [])];
  const found = commonName([glob, named], others) ?? commonName([glob], others);
  return found?.name ?? named;
}

/** The first of the pushers that may push new tags to a repository. */
export function firstPusherTo(access: Access, repository: string): string | undefined {
  return access.grants.find(({ pusher, to }) => {
    if (pusher === undefined || typeof to === "string" || !("groups" in to)) return false;
    return isGranted(access, { username: pusher, groups: [...to.groups] }, repository, "push");
  })?.pusher;
}
