import * as pulumi from "@pulumi/pulumi";
import { kubeconfigFiles, readContexts } from "../cluster/kubeconfig";
import { whyUnreachable } from "../cluster/reach";

/**
 * Looks for the clusters before anything is declared.
 *
 * @returns the contexts whose API server does not answer. A preview goes on; an update fails there, and there alone.
 * @throws Error when the kubeconfig lacks one of the contexts; nothing has been changed by then.
 */
export async function observeClusters(
  contexts: readonly string[],
  env: NodeJS.ProcessEnv,
): Promise<ReadonlySet<string>> {
  if (contexts.length === 0) return new Set();
  const files = kubeconfigFiles(env);
  const known = readContexts(files);
  const wanted = [...new Set(contexts)];
  const missing = wanted.filter((context) => !known.has(context));
  if (missing.length > 0) {
    const there = known.size > 0 ? `there are ${[...known.keys()].join(", ")}` : "there is none at all";
    throw new Error(
      `the kubeconfig (${files.join(", ")}) has no context ${missing.join(", ")}; ${there}. Nothing was changed: ` +
        "correct clusters[].context, or set KUBECONFIG to the file that has it",
    );
  }
  // Client libraries take a proxy from the environment too; whether one answers behind it cannot be seen from here.
  const proxied = env["HTTPS_PROXY"] ?? env["https_proxy"] ?? "";
  const found = await Promise.all(
    wanted.map(async (context) => {
      const at = known.get(context);
      const why = at && !at.proxied && proxied === "" ? await whyUnreachable(at.server) : undefined;
      return { context, server: at?.server ?? "", why };
    }),
  );
  const unreachable = found.filter(({ why }) => why !== undefined);
  for (const { context, server, why } of unreachable) {
    await pulumi.log.warn(
      `the cluster of context ${context} cannot be reached (${server}: ${why ?? ""}). Where its push credential must ` +
        "change, an update does everything else and fails there; the old key goes on until the cluster has the new one",
    );
  }
  return new Set(unreachable.map(({ context }) => context));
}
