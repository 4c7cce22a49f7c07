import { execFile } from "node:child_process";
import { cliEnvironment, PulumiError, type StackLocation } from "../../systems/pulumi/cli";
import { type Deployment, parseDeployment } from "../../systems/pulumi/deployment";
import { type Plan, parsePlan } from "../../systems/pulumi/plan";

/** A state of some hundred resources is a megabyte. */
const MOST_BYTES = 256 << 20;

interface Ran {
  readonly status: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Where the CLI runs, and against which state. */
export interface Site extends StackLocation {
  /** Folder that the CLI runs in; `project` unless told. */
  readonly cwd?: string;
}

/**
 * Runs the CLI to its end.
 *
 * @param input what it reads
 * @param named whether the command is about the stack; one that is about all of them knows no such flag
 * @throws PulumiError with what it complained of
 */
export async function pulumi(
  site: Site,
  args: readonly string[],
  input?: string,
  named = true,
): Promise<string> {
  const all = named ? [...args, "--stack", site.stack] : args;
  const { status, stdout, stderr } = await run(site, all, input);
  if (status === 0) return stdout;
  throw new PulumiError(`pulumi ${args.slice(0, 2).join(" ")} failed: ${stderr.trim() || tail(stdout)}`);
}

export interface PreviewFiles {
  /** Where everything that would be made is listed for `pulumi import`. */
  readonly importFile?: string;
  /** Where what the program registers is written, its secrets encrypted. */
  readonly planFile?: string;
}

/** What the next `pulumi up` would do, and what the program says about it. Changes nothing. */
export async function preview(site: Site, { importFile, planFile }: PreviewFiles = {}): Promise<Plan> {
  const files = [
    ...(site.configFile === undefined ? [] : ["--config-file", site.configFile]),
    ...(importFile === undefined ? [] : ["--import-file", importFile]),
    ...(planFile === undefined ? [] : ["--save-plan", planFile]),
  ];
  const { status, stdout, stderr } = await run(site, [
    ...["preview", "--json", "--show-sames", "--stack", site.stack],
    ...files,
  ]);
  if (status === 0) return parsePlan(stdout);
  throw new PulumiError(`pulumi preview failed:\n${errorsIn(stdout) || stderr.trim()}`);
}

/** The stack's state, its secrets encrypted. */
export async function exportState(site: Site): Promise<Deployment> {
  return parseDeployment(await pulumi(site, ["stack", "export"]));
}

/** Puts a state in the place of the stack's own, in one step. It goes over a pipe: what it has in clear is encrypted there. */
export async function importState(site: Site, state: Deployment): Promise<void> {
  await pulumi(site, ["stack", "import"], JSON.stringify(state));
}

/** Takes what the file names into the state; reads the systems, and writes to none of them. */
export async function importResources(site: Site, file: string): Promise<void> {
  await pulumi(site, [
    ...["import", "--file", file, "--yes", "--skip-preview", "--generate-code=false", "--protect=false"],
    ...(site.configFile === undefined ? [] : ["--config-file", site.configFile]),
  ]);
}

function run({ cwd, project, environment }: Site, args: readonly string[], input?: string): Promise<Ran> {
  return new Promise((resolve, reject) => {
    const options = { cwd: cwd ?? project, env: cliEnvironment(environment), maxBuffer: MOST_BYTES };
    const all = [...args, "--non-interactive", "--color", "never"];
    const child = execFile("pulumi", all, options, (error, stdout, stderr) => {
      if (error?.code === "ENOENT") {
        reject(new PulumiError("there is no pulumi on PATH; install it, or run npm start once, which does"));
        return;
      }
      resolve({ status: error ? 1 : 0, stdout, stderr });
    });
    // A child that ended before it had read everything tells why by its status.
    child.stdin?.on("error", () => undefined);
    child.stdin?.end(input);
  });
}

function errorsIn(stdout: string): string {
  try {
    const { diagnostics } = parsePlan(stdout);
    return diagnostics
      .filter(({ severity }) => severity === "error")
      .map(({ message }) => message.trim())
      .join("\n");
  } catch {
    return "";
  }
}

function tail(text: string): string {
  return text.trim().split("\n").slice(-15).join("\n");
}
