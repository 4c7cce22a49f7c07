import { execFile } from "node:child_process";
import { promisify } from "node:util";
import type { KubernetesSecret } from "./candidates";

const TIMEOUT_MS = 30_000;
/** Asks with kubectl, which knows every way into a cluster that a kubeconfig can name. The Secret's data is not asked for. */
export async function readKubernetesSecret(
  context: string,
  namespace: string,
  name: string,
): Promise<KubernetesSecret | undefined> {
  // Managed fields, type and no data: what a Secret holds is nobody's business here.
  const output = "jsonpath={.type}{'\\n'}{.metadata.managedFields[*].manager}";
  const args = ["--context", context, "--namespace", namespace, "get", "secret", name];
  const all = [...args, "--ignore-not-found", "--show-managed-fields", "--output", output];
  try {
    const { stdout } = await promisify(execFile)("kubectl", all, { timeout: TIMEOUT_MS });
    return parse(stdout);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT")
      throw new Error(
        "kubectl is needed to see what the clusters hold; install it, or leave `clusters` out for now",
      );
    const said = String(Reflect.get(error as object, "stderr") ?? "").trim();
    throw new Error(`kubectl could not read the Secret ${namespace}/${name} in ${context}: ${said}`);
  }
}

function parse(stdout: string): KubernetesSecret | undefined {
  const [type = "", managers = ""] = stdout.split("\n");
  if (type === "") return undefined;
  return { type, managers: [...new Set(managers.split(" ").filter((each) => each !== ""))] };
}
