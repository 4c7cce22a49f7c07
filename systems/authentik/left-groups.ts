import { z } from "zod";
import { findNamed } from "./names";
import type { AuthentikObjects } from "./reader";

const group = z.looseObject({ users_obj: z.array(z.looseObject({ username: z.string() })).nullish() });

/** A group that the program created for a former pusher. */
export interface LeftGroup {
  readonly name: string;
  /** Members besides the program's own accounts. */
  readonly members: readonly string[];
}

/**
 * The former pushers' groups that stay: those with other members, whose rights depend on them.
 *
 * @param left their names
 * @param accounts that this program created
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
