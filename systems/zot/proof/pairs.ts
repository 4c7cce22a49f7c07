import { type Access, isGranted } from "../grants";
import type { MatrixArgs, OwnTarget } from "./types";

/** Places of others that a pusher is asked about in one turn. */
export const PLACES_A_TURN = 8;

/**
 * Whether a pusher is asked about the place of another one. Each pair of the two has a rule of its own, and one question of its own
 * shows whether the registry applies it: all of them would be pushers × pushers.
 *
 * So in one turn each is asked about a few, and each place by as many others: enough to find what zot gives to every login, to several
 * pushers, or in a place as a whole. The next turn goes on where this one ended. And every pair whose right has changed since the
 * last proof is asked about at once: that is what a registry would answer differently that still runs the config of before.
 */
export function isAsked(a: Pick<MatrixArgs, "access" | "places" | "pushers">) {
  const { access, places, pushers } = a;
  const positions = new Map(pushers.map(({ name }, position) => [name, position]));
  const others = pushers.length - 1;
  return (
    asker: string,
    { pusher: owner, repository }: Pick<OwnTarget, "pusher" | "repository">,
  ): boolean => {
    const [from, to] = [positions.get(asker), positions.get(owner)];
    if (places === undefined || others <= PLACES_A_TURN || from === undefined || to === undefined)
      return true;
    const distance = (to - from + pushers.length) % pushers.length;
    const begins = (places.turn * PLACES_A_TURN) % others;
    if ((distance - 1 - begins + others) % others < PLACES_A_TURN) return true;
    const who = { username: asker, groups: [...(pushers[from]?.groups ?? [])] };
    const mayPush = (rules: Access) => isGranted(rules, who, repository, "push");
    return places.since !== undefined && mayPush(places.since) !== mayPush(access);
  };
}
