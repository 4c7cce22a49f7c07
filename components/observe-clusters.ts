import * as pulumi from "@pulumi/pulumi";
import { IN_CLEAR, isSentInClear } from "../systems/http/loopback";
import { lookForContexts } from "../systems/kubernetes/contexts";

/**
 * Looks for the clusters before any resource is declared.
 *
 * @param held contexts of the clusters in the state: resources in clusters that the settings no longer name are
 * deleted
 * @returns the contexts of the settings whose API server does not answer. A preview continues; an update fails for
 * these clusters only.
 * @throws Error if the kubeconfig lacks one of the contexts; nothing has been changed by then.
 */
export async function observeClusters(
  contexts: readonly string[],
  env: NodeJS.ProcessEnv,
  held: readonly string[] = [],
): Promise<ReadonlySet<string>> {
  const left = held.filter((context) => !contexts.includes(context));
  if (left.length > 0) await warnOfLeft(left, env);
  if (contexts.length === 0) return new Set();
  const { files, known, wanted } = await lookForContexts(contexts, env);
  const missing = wanted.filter(({ server }) => server === undefined).map(({ context }) => context);
  if (missing.length > 0) {
    const there = known.length > 0 ? `there are ${known.join(", ")}` : "there is none at all";
    throw new Error(
      `the kubeconfig (${files.join(", ")}) has no context ${missing.join(", ")}; ${there}. Nothing was changed: ` +
        "correct clusters[].context, or set KUBECONFIG to the file that has it",
    );
  }
  const inClear = wanted.filter(({ server = "" }) => isSentInClear(server));
  if (inClear.length > 0) {
    throw new Error(
      inClear
        .map(
          ({ context, server }) =>
            `the API server of context ${context}, ${server ?? ""}, ${IN_CLEAR.problem}`,
        )
        .join("\n") + `. Nothing was changed: in the kubeconfig, ${IN_CLEAR.fix}`,
    );
  }
  const unreachable = wanted.filter(({ why }) => why !== undefined);
  for (const { context, server, why } of unreachable) {
    await pulumi.log.warn(
      `the cluster of context ${context} cannot be reached (${server ?? ""}: ${why ?? ""}). Where its push credential must ` +
        "change, an update does everything else and fails there; the old key keeps working until the cluster has the new one",
    );
  }
  return new Set(unreachable.map(({ context }) => context));
}

/**
 * A cluster that was removed from the settings causes no message. Its key stays valid until the cluster no longer has
 * it.
 */
async function warnOfLeft(contexts: readonly string[], env: NodeJS.ProcessEnv): Promise<void> {
  const { files, wanted } = await lookForContexts(contexts, env);
  for (const { context, server, why } of wanted) {
    if (server !== undefined && why === undefined) continue;
    const reason =
      server === undefined
        ? `the kubeconfig (${files.join(", ")}) has no such context`
        : `${server}: ${why ?? ""}`;
    await pulumi.log.warn(
      `the cluster of context ${context}, which the settings no longer name, cannot be reached (${reason}). An update does ` +
        "everything else and fails there: its push credential stays, and the key in it keeps working until an update reaches the " +
        "cluster. If the cluster is gone for good, run PULUMI_K8S_DELETE_UNREACHABLE=true pulumi up",
    );
  }
}
