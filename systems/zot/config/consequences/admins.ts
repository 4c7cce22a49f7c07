import { type Area, areasOf } from "../areas";
import { degree, namedIn, type Registry, RIGHTS, type Who } from "../registry";
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

/** Somebody may do everything everywhere. */
export function isAdministered(registry: Registry, areas: readonly Area[]): boolean {
  const { groups, users } = namedIn(registry);
  const everybody: Who[] = [
    { kind: "anonymous" },
    { kind: "any login" },
    ...groups.map((name): Who => ({ kind: "group", name })),
    ...users.map((name): Who => ({ kind: "user", name })),
  ];
  return everybody.some((who) =>
    areas.every(({ witness }) => RIGHTS.every((right) => degree(registry, who, witness, right) > 0)),
  );
}
