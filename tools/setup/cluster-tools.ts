import { renameSync } from "node:fs";
import { join } from "node:path";
import { pulumiHome } from "../../systems/pulumi/cli-location";
import { isExecutable } from "../../systems/pulumi/executables";
import { goBuild, type GoProgram } from "./go-build";
import { SetupError, since, type Progress } from "./progress";
import { fillOnce } from "./staging";

const WHAT = "cluster test";

interface ClusterTool extends GoProgram {
  version: string;
}

// The API server has its version from the linker, and clients go by it.
const KUBERNETES = { gitMajor: "1", gitMinor: "36", gitVersion: "v1.36.3" };

/** What the cluster test runs beside the Pulumi CLI. The versions are those of go.mod, and of @pulumi/kubernetes. */
export const clusterTools: ClusterTool[] = [
  {
    name: "etcd",
    version: "3.7.3",
    module: "kubernetes-cluster",
    package: "go.etcd.io/etcd/server/v3",
    linkerFlags: "-s -w",
  },
  {
    name: "kube-apiserver",
    version: "1.36.3",
    module: "kubernetes-cluster",
    package: "k8s.io/kubernetes/cmd/kube-apiserver",
    linkerFlags: Object.entries(KUBERNETES).reduce(
      (flags, [name, value]) => `${flags} -X k8s.io/component-base/version.${name}=${value}`,
      "-s -w",
    ),
  },
  {
    name: "pulumi-resource-kubernetes",
    version: "4.25.0",
    module: "pulumi-resource-kubernetes",
    package: ".",
    linkerFlags: "-s -w",
    // 27 MB of generated code that only components for YAML and Helm use: not worth optimising, which takes most of the time.
    compilerFlags: "github.com/pulumi/pulumi-kubernetes/sdk/v4/...=-N -l",
  },
];

/** Where a tool is, once ensureClusterTools has put it there: in the Pulumi home, its version in its name. */
export function clusterToolPath(name: string, env: NodeJS.ProcessEnv = process.env): string {
  const tool = clusterTools.find((each) => each.name === name);
  if (tool === undefined) throw new Error(`${name} is no tool of the cluster test`);
  return join(folderOf(env), `${tool.name}-${tool.version}`);
}

function folderOf(env: NodeJS.ProcessEnv): string {
  return join(pulumiHome(env), "zot-access");
}

/** Builds what is missing of the tools; each is in its place as soon as it is built. */
export async function ensureClusterTools(root: string, progress: Progress): Promise<void> {
  const missing = () => clusterTools.filter(({ name }) => !isExecutable(clusterToolPath(name)));
  if (missing().length === 0) return;
  const began = Date.now();
  progress.say(
    `${WHAT}: a Kubernetes API server, etcd and Pulumi's Kubernetes provider are built from Go modules`,
  );
  await fillOnce(
    { what: WHAT, folder: folderOf(process.env), key: "cluster-tools" },
    () => missing().length === 0,
    async (staging) => {
      await goBuild(WHAT, missing(), root, staging, progress, (tool, file) => {
        renameSync(file, clusterToolPath(tool.name));
      }).catch((error: unknown) => {
        throw new SetupError(
          (error as Error).message,
          "fix what the compiler names (Go 1.26 or newer is needed), then run npm run test:cluster again",
        );
      });
    },
    progress,
  );
  progress.say(`${WHAT}: ready after ${since(began)}, in ${folderOf(process.env)}`);
}
