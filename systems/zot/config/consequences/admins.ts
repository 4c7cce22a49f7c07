import { type Area, areasOf } from "../areas";
import { extentOfRight, namedIn, type Registry, RIGHTS, type Principal } from "../registry";
import type { Consequence } from "./types";

export const noAdmins: Consequence = {
  kind: "dropAdmins",
  sign: "loss",
  who: "admins",
  text: "nobody could delete or overwrite everywhere any more",
};

export function admins(before: Registry, after: Registry): Consequence[] {
  const areas = areasOf(before, after);
  return isAdministered(before, areas) && !isAdministered(after, areas) ? [noAdmins] : [];
}

/** A subject with all rights on all repositories. */
export function isAdministered(registry: Registry, areas: readonly Area[]): boolean {
  const { groups, users } = namedIn(registry);
  const everybody: Principal[] = [
    { kind: "anonymous" },
    { kind: "any login" },
    ...groups.map((name): Principal => ({ kind: "group", name })),
    ...users.map((name): Principal => ({ kind: "user", name })),
  ];
  return everybody.some((who) =>
    areas.every(({ witness }) => RIGHTS.every((right) => extentOfRight(registry, who, witness, right) > 0)),
  );
}
