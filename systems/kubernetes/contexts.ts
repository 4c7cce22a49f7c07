import { kubeconfigFiles, readContexts } from "./kubeconfig";
import { whyUnreachable } from "./reach";

/** A context that the settings name, as it is found from here. */
export interface SeenContext {
  readonly context: string;
  /** Where its API server answers; undefined: no kubeconfig has the context. */
  readonly server: string | undefined;
  /** Whether a proxy stands between; whether one answers behind it cannot be seen from here. */
  readonly proxied: boolean;
  /** Why the API server cannot be reached; undefined: it can be, or that cannot be seen. */
  readonly why: string | undefined;
}

export interface SeenContexts {
  /** Where was looked. */
  readonly files: readonly string[];
  /** Names of all contexts there. */
  readonly known: readonly string[];
  readonly wanted: readonly SeenContext[];
}

/** @throws Error that names the file which is not a kubeconfig */
export async function lookForContexts(
  contexts: readonly string[],
  env: NodeJS.ProcessEnv,
): Promise<SeenContexts> {
  const files = kubeconfigFiles(env);
  const known = readContexts(files);
  // Client libraries take a proxy from the environment too.
  const anyProxy = (env["HTTPS_PROXY"] ?? env["https_proxy"] ?? "") !== "";
  const wanted = await Promise.all(
    [...new Set(contexts)].map(async (context): Promise<SeenContext> => {
      const at = known.get(context);
      const proxied = anyProxy || at?.proxied === true;
      const why = at && !proxied ? await whyUnreachable(at.server) : undefined;
      return { context, server: at?.server, proxied, why };
    }),
  );
  return { files, known: [...known.keys()], wanted };
}
