import { lookForContexts } from "../../../systems/kubernetes/contexts";
import { type Finding, notAsked, ok, wrong } from "./check";

/** The cluster whose builders get the push credential. It only opens a connection to the API server. */
export async function lookAtCluster(context: string, environment: NodeJS.ProcessEnv): Promise<Finding> {
  const { files, wanted } = await lookForContexts([context], environment);
  const [seen] = wanted;
  if (seen?.server === undefined) {
    return wrong(
      `the kubeconfig (${files.join(", ")}) has no such context`,
      "the next `pulumi up` from here, and the renewal of CI's key, will stop before they change anything",
      "correct clusters[].context, or set KUBECONFIG to the file that has it",
    );
  }
  if (seen.why !== undefined) {
    return wrong(
      `${seen.server}: ${seen.why}`,
      "a renewed key does not reach its builders; they use the old one until it expires",
      "see whether its API server is up, and reached from this machine",
    );
  }
  return seen.proxied
    ? notAsked(`${seen.server} is behind a proxy`)
    : ok(`its API server at ${seen.server} takes connections`);
}
