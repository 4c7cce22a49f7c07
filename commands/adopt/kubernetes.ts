import { execFile } from "node:child_process";
import { promisify } from "node:util";
import type { KubernetesObject, Systems } from "./candidates";

const TIMEOUT_MS = 30_000;
/** What a Secret holds is nobody's business here: its data is not asked for. */
const OUTPUT = "jsonpath={.metadata.name}{'\\n'}{.type}{'\\n'}{.metadata.managedFields[*].manager}";

/** Asks with kubectl, which knows every way into a cluster that a kubeconfig can name. */
export function kubectl(environment: NodeJS.ProcessEnv): Systems["kubernetesObject"] {
  return async (context, kind, namespace, name) => {
    const args = ["--context", context, "--namespace", namespace, "get", kind, name];
    const all = [...args, "--ignore-not-found", "--show-managed-fields", "--output", OUTPUT];
    try {
      const options = { timeout: TIMEOUT_MS, env: environment };
      return parse((await promisify(execFile)("kubectl", all, options)).stdout);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === "ENOENT") {
        throw new Error(
          "kubectl is needed to see what the clusters hold; install it, or leave `clusters` out for now",
          { cause: error },
        );
      }
      const said = String(Reflect.get(error as object, "stderr") ?? "").trim();
      throw new Error(`kubectl could not read ${kind} ${namespace}/${name} in ${context}: ${said}`, {
        cause: error,
      });
    }
  };
}

function parse(stdout: string): KubernetesObject | undefined {
  const [name = "", type = "", managers = ""] = stdout.split("\n");
  if (name === "") return undefined;
  return { type, managers: [...new Set(managers.split(" ").filter((each) => each !== ""))] };
}
