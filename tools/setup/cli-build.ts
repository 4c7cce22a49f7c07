import { CLI_VERSION, LANGUAGE_HOST } from "../../systems/pulumi/cli-location";
import { goBuild, type GoProgram } from "./go-build";
import { type Progress } from "./progress";

const VERSION_VARIABLE = "github.com/pulumi/pulumi/sdk/v3/go/common/version.Version";

const programs: GoProgram[] = [
  {
    name: "pulumi",
    module: "pulumi-cli",
    package: "github.com/pulumi/pulumi/pkg/v3/cmd/pulumi",
    linkerFlags: `-s -w -X ${VERSION_VARIABLE}=v${CLI_VERSION}`,
  },
  {
    // Its module has no releases: this is the newest commit that builds against published modules.
    name: LANGUAGE_HOST,
    module: LANGUAGE_HOST,
    package: "github.com/pulumi/pulumi/sdk/nodejs/cmd/pulumi-language-nodejs/v3",
    linkerFlags: "-s -w",
  },
];

/** Compiles the CLI and its Node language host from their Go modules. Resolves to the folder with the programs. */
export function buildCli(root: string, staging: string, progress: Progress): Promise<string> {
  return goBuild("Pulumi CLI", programs, root, staging, progress);
}
