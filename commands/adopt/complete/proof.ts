import { otherHolders, proof } from "../../../config/arguments";
import { NOT_READ_BACK } from "../../../provider/handler";
import { assertMatrix, MatrixSetupError, runMatrix } from "../../../systems/zot/proof";
import type { StackAccess } from "../../shared/stack";
import type { CompletedState, PlannedResource } from "../../../systems/pulumi/saved-plan";
import { messageOf } from "../../../systems/text";

/** The result of testing the registry. */
export interface Proof {
  /** The number of right answers; undefined if one was wrong, or nothing could be tested. */
  readonly answers?: number;
  readonly line: string;
}

/**
 * Tests the live registry as the program's own proof does, without writing: without a repository to test in, it tests
 * nothing.
 *
 * @param keys of the pushers that have one, by name
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
    return { answers: rows.length, line: `checked just now: ${rows.length} answers, all right` };
  } catch (error) {
    if (error instanceof MatrixSetupError) return { line: `not checked: ${error.message}` };
    return { line: `checked just now: ${messageOf(error)}` };
  }
}

/** The proof for the state. If it was not made, the next `pulumi up` makes it. */
export function proofAsMade(
  { state }: PlannedResource,
  { answers }: Partial<Proof>,
): CompletedState | undefined {
  const id = state?.["registryUrl"];
  if (!state || typeof id !== "string") return undefined;
  const inputs = answers === undefined ? { ...state, after: NOT_READ_BACK } : state;
  return { id, inputs, outputs: { ...inputs, answers: answers ?? 0 } };
}
