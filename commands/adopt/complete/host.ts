import { randomBytes } from "node:crypto";
import { applyCommand, generationOf } from "../../../systems/host/payload";
import { nameOf } from "../../../systems/pulumi/plan";
import type { CompletedState, PlannedResource } from "../../../systems/pulumi/saved-plan";

/** Instead of a deploy's own token: no deploy wrote the host's content, or it was changed since. */
const NOT_DEPLOYED = "not-deployed";

/**
 * The deploy of zot's config for the state. A host in sync gets the token of its last deploy, and any other host a
 * new one.
 *
 * @param generation the token on the host; undefined if this program never deployed to it
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
