import { otherHolders, proof } from "../../../config/arguments";
import { UNREAD } from "../../../provider/handler";
import { assertMatrix, MatrixSetupError, runMatrix } from "../../../systems/zot/proof";
import type { StackAccess } from "../../shared/stack";
import type { AsMade, PlannedResource } from "../../../systems/pulumi/saved-plan";
import { messageOf } from "../../../systems/text";

/** What was found when the registry was asked. */
export interface Proof {
  /** How many answers were as promised; undefined where one was not, or nothing could be asked. */
  readonly answers?: number;
  readonly line: string;
}

/**
 * Asks the live registry what the program's own proof asks, and writes nothing: without a repository to ask in, it asks nothing.
 *
 * @param keys of the pushers that have one, by their names
 */
export async function prove(
  stack: StackAccess,
  zotVersion: string,
  keys: ReadonlyMap<string, string>,
): Promise<Proof> {
  const { settings } = stack;
  const others = otherHolders(settings).map(async ({ key: secret, ...holder }) => ({
    ...holder,
    password: await stack.secret(secret),
  }));
  try {
    const rows = await runMatrix({
      ...proof(settings, zotVersion),
      identities: [
        { name: "anonymous", groups: [] },
        ...Object.values(settings.pushers).flatMap(({ name, group }) => {
          const password = keys.get(name);
          return password === undefined ? [] : [{ name, username: name, password, groups: [group] }];
        }),
        ...(await Promise.all(others)),
      ],
      readOnly: true,
    });
    assertMatrix(rows);
    return { answers: rows.length, line: `asked just now: ${rows.length} answers, all as promised` };
  } catch (error) {
    if (error instanceof MatrixSetupError) return { line: `not asked: ${error.message}` };
    return { line: `asked just now: ${messageOf(error)}` };
  }
}

/** The proof as the state would hold it. One that was not made is made by the next `pulumi up`. */
export function proofAsMade({ state }: PlannedResource, { answers }: Partial<Proof>): AsMade | undefined {
  const id = state?.["registryUrl"];
  if (!state || typeof id !== "string") return undefined;
  const inputs = answers === undefined ? { ...state, after: UNREAD } : state;
  return { id, inputs, outputs: { ...inputs, answers: answers ?? 0 } };
}
