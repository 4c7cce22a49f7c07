import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { findExecutable } from "../../systems/pulumi/executables";
import { since, type Progress } from "./progress";
import { run } from "./run";

export interface GoProgram {
  name: string;
  /** Folder under setup/ with go.mod and go.sum, which fix every module's version and content. */
  module: string;
  package: string;
  linkerFlags: string;
  /** For the compiler, with a pattern of the packages that they are for. */
  compilerFlags?: string;
}

const HEARTBEAT_MS = 20_000;

/**
 * Compiles programs from their Go modules into `staging/bin`, which it resolves to; rejects with the end of the compiler's
 * output. Go's own caches are used, so that a second build takes seconds.
 *
 * @param what what they are for, at the beginning of every line that is said.
 * @param onBuilt called for each program as soon as it is there.
 */
export async function goBuild(
  what: string,
  programs: readonly GoProgram[],
  root: string,
  staging: string,
  progress: Progress,
  onBuilt?: (program: GoProgram, file: string) => void,
): Promise<string> {
  const go = findExecutable("go", process.env.PATH ?? "", ["/usr/local/go/bin", "/opt/homebrew/bin"]);
  if (go === undefined) throw new Error("Go is not installed (no `go` on PATH)");
  const bin = join(staging, "bin");
  const scratch = join(staging, "go-tmp");
  mkdirSync(scratch);
  for (const program of programs) {
    await build(what, go, program, { root, bin, scratch }, progress);
    onBuilt?.(program, join(bin, program.name));
  }
  return bin;
}

async function build(
  what: string,
  go: string,
  program: GoProgram,
  folders: { root: string; bin: string; scratch: string },
  progress: Progress,
): Promise<void> {
  const began = Date.now();
  progress.say(`${what}: building ${program.name}`);
  let downloaded = 0;
  let compiled = 0;
  const heartbeat = setInterval(() => {
    progress.say(`  ${since(began)}: ${downloaded} modules fetched, ${compiled} packages compiled`);
  }, HEARTBEAT_MS);
  // -v names every package as it is compiled. Without VCS stamp: the checkout may belong to another user.
  const flags = ["-v", "-mod=readonly", "-trimpath", "-buildvcs=false", "-ldflags", program.linkerFlags];
  if (program.compilerFlags !== undefined) flags.push("-gcflags", program.compilerFlags);
  const result = await run(go, ["build", ...flags, "-o", join(folders.bin, program.name), program.package], {
    cwd: join(folders.root, "tools/setup", program.module),
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
  progress.say(`${what}: built ${program.name} in ${since(began)}`);
}
