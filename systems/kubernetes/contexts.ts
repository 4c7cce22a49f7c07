import { kubeconfigFiles, readContexts } from "./kubeconfig";
import { whyUnreachable } from "./reach";

/** A context in the settings, as seen from this machine. */
export interface SeenContext {
  readonly context: string;
  /** The address of its API server; undefined: no kubeconfig has the context. */
  readonly server: string | undefined;
  /** Whether there is a proxy; whether the API server behind it answers cannot be seen from here. */
  readonly proxied: boolean;
  /** Why the API server cannot be reached; undefined: it can, or that cannot be seen. */
  readonly why: string | undefined;
}

export interface SeenContexts {
  /** The files that were read. */
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
  // Client libraries also use a proxy from the environment.
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
