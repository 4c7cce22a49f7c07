import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { CLI_VERSION, LANGUAGE_HOST } from "./cli-location";
import { findExecutable } from "./executables";
import { since, type Progress } from "./progress";
import { run } from "./run";

interface GoProgram {
  name: string;
  /** Folder under setup/ with go.mod and go.sum, which fix every module's version and content. */
  module: string;
  package: string;
  linkerFlags: string;
}

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

const HEARTBEAT_MS = 20_000;

/**
 * Compiles the CLI and its Node language host from their Go modules. Resolves to the folder with the programs;
 * rejects with the end of the compiler's output. Go's own caches are used, so that a second build takes seconds.
 */
export async function buildCli(root: string, staging: string, progress: Progress): Promise<string> {
  const go = findExecutable("go", process.env.PATH ?? "", ["/usr/local/go/bin", "/opt/homebrew/bin"]);
  if (go === undefined) throw new Error("Go is not installed (no `go` on PATH)");
  const bin = join(staging, "bin");
  const scratch = join(staging, "go-tmp");
  mkdirSync(scratch);
  for (const program of programs) await build(go, program, { root, bin, scratch }, progress);
  return bin;
}

async function build(
  go: string,
  program: GoProgram,
  folders: { root: string; bin: string; scratch: string },
  progress: Progress,
): Promise<void> {
  const began = Date.now();
  progress.say(`Pulumi CLI: building ${program.name}`);
  let downloaded = 0;
  let compiled = 0;
  const heartbeat = setInterval(() => {
    progress.say(`  ${since(began)}: ${downloaded} modules fetched, ${compiled} packages compiled`);
  }, HEARTBEAT_MS);
  // -v names every package as it is compiled. Without VCS stamp: the checkout may belong to another user.
  const flags = ["-v", "-mod=readonly", "-trimpath", "-buildvcs=false", "-ldflags", program.linkerFlags];
  const result = await run(go, ["build", ...flags, "-o", join(folders.bin, program.name), program.package], {
    cwd: join(folders.root, "setup", program.module),
    // Pulumi's releases are built without cgo as well; so no C compiler is needed.
    env: { ...process.env, CGO_ENABLED: "0", GOWORK: "off", GOTMPDIR: folders.scratch },
    onLine: (line) => {
      if (line.startsWith("go: downloading")) downloaded += 1;
      else compiled += 1;
    },
  });
  clearInterval(heartbeat);
  if (result.code !== 0) {
    const end = result.output.filter((line) => !line.startsWith("go: downloading")).slice(-5);
    throw new Error(`go build of ${program.name} failed after ${since(began)}:\n    ${end.join("\n    ")}`);
  }
  progress.say(`Pulumi CLI: built ${program.name} in ${since(began)}`);
}
