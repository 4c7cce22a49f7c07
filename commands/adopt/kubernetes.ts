import { execFile } from "node:child_process";
import { promisify } from "node:util";
import type { KubernetesObject, Systems } from "./candidates";

const TIMEOUT_MS = 30_000;
/** The data of a Secret is not needed here, so it is not requested. */
const OUTPUT = "jsonpath={.metadata.name}{'\\n'}{.type}{'\\n'}{.metadata.managedFields[*].manager}";

/** Uses kubectl, which supports every authentication method of a kubeconfig. */
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
