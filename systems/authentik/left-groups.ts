import { z } from "zod";
import { findNamed } from "./names";
import type { AuthentikObjects } from "./reader";

const group = z.looseObject({ users_obj: z.array(z.looseObject({ username: z.string() })).nullish() });

/** A group that the program made for a pusher, and that no pusher of the settings has any more. */
export interface LeftGroup {
  readonly name: string;
  /** Members besides the program's own accounts. */
  readonly members: readonly string[];
}

/**
 * Which of the groups that no pusher has any more stay: those with members of somebody else's, who have rights by them.
 *
 * @param left their names
 * @param accounts that this program made
 * @throws SystemError
 */
export async function groupsInUse(
  objects: AuthentikObjects,
  left: readonly string[],
  accounts: readonly string[],
): Promise<LeftGroup[]> {
  const all = await Promise.all(
    left.map(async (name) => {
      const rows = await findNamed(objects, "group", name, { include_users: "true" });
      const members = rows.flatMap((row) => group.parse(row).users_obj ?? []);
      return {
        name,
        members: members.map(({ username }) => username).filter((member) => !accounts.includes(member)),
      };
    }),
  );
  return all.filter(({ members }) => members.length > 0);
}
