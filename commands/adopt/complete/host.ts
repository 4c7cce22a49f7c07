import { randomBytes } from "node:crypto";
import { applyCommand, generationOf } from "../../../systems/host/payload";
import { nameOf } from "../../../systems/pulumi/plan";
import type { CompletedState, PlannedResource } from "../../../systems/pulumi/saved-plan";

/** In the place of a deploy's own token: no deploy has made what the host holds, or it was changed since. */
const NOT_DEPLOYED = "not-deployed";

/**
 * The deploy of zot's config as the state would hold it. The program gives a host that is in sync the token of its last deploy,
 * and any other a new one.
 *
 * @param generation the token that the host holds; undefined where this program never deployed to it
 */
export function deployAsMade(
  urn: string,
  { state }: PlannedResource,
  generation: string | undefined,
): CompletedState & { readonly inSync: boolean } {
  const { stdout: _stdout, stderr: _stderr, ...wanted } = state ?? {};
  const create = String(wanted["create"]);
  const inSync = generation !== undefined && generationOf(create) === generation;
  const inputs = { ...wanted, create: inSync ? create : applyCommand(NOT_DEPLOYED) };
  const stdout = "zot-access-result unchanged gapMs=- taken over as it is";
  const id = `${nameOf(urn)}${randomBytes(4).toString("hex")}`;
  return { id, inputs, outputs: { ...inputs, stdout, stderr: "" }, inSync };
}
