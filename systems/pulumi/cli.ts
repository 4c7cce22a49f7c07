import { errorsIn, type Plan, parsePlan } from "./plan";
import { PulumiError, type CommandResult, startPulumi } from "./run";

/** The CLI's working folder and state. */
export interface StackLocation {
  readonly stack: string;
  /** Folder of Pulumi.yaml. */
  readonly project: string;
  /** Default: Pulumi.<stack>.yaml of that folder. */
  readonly configFile?: string | undefined;
  /** The environment of a deploy: the backend and the passphrase. */
  readonly environment: NodeJS.ProcessEnv;
  /** Working folder of the CLI; default `project`. */
  readonly cwd?: string;
}

export interface CliOptions {
  /** The CLI's standard input. */
  readonly input?: string;
  /** Whether the command is about one stack; commands about all stacks have no such flag. */
  readonly named?: boolean;
  readonly timeoutMs?: number;
}

/** Runs the CLI to its end. @returns its output @throws PulumiError with its error message */
export async function pulumi(
  site: StackLocation,
  args: readonly string[],
  asking: CliOptions = {},
): Promise<string> {
  const { named = true, ...options } = asking;
  const ran = await run(site, named ? [...args, "--stack", site.stack] : args, options);
  if (ran.status === 0) return ran.stdout;
  const what = `pulumi ${args.slice(0, 2).join(" ")}`;
  const reason = ran.timedOut
    ? `no answer within ${(asking.timeoutMs ?? 0) / 1000} s`
    : // Its output may contain secrets: only its error message is passed on.
      ran.stderr.trim() || "no reason given";
  throw new PulumiError(
    `${what} failed for the stack ${site.stack}: ${reason}\n` +
      "See `pulumi stack ls`, and that PULUMI_BACKEND_URL and PULUMI_CONFIG_PASSPHRASE are those of the stack.",
  );
}

/** Without a limit, a backend that does not answer would hang. */
export const ANSWERS_WITHIN: CliOptions = { timeoutMs: 120_000 };

/** Runs the CLI, and reads its output as JSON. @throws PulumiError */
export async function askPulumi(
  site: StackLocation,
  args: readonly string[],
  asking: CliOptions = {},
): Promise<unknown> {
  const text = await pulumi(site, args, { ...ANSWERS_WITHIN, ...asking });
  try {
    return JSON.parse(text) as unknown;
  } catch {
    // No cause: V8's message quotes the text, which may hold secrets.
    throw new PulumiError(
      `pulumi ${args.slice(0, 2).join(" ")} did not answer with JSON; is it Pulumi's CLI?`,
    );
  }
}

export interface PreviewFiles {
  /** The file for `pulumi import` with all resources to create. */
  readonly importFile?: string;
  /** The file with everything that the program registers, its secrets encrypted. */
  readonly planFile?: string;
}

/** The plan of the next `pulumi up`, and the program's messages. Changes nothing. */
export async function preview(
  site: StackLocation,
  { importFile, planFile }: PreviewFiles = {},
): Promise<Plan> {
  const files = [
    ...configFlags(site),
    ...(importFile === undefined ? [] : ["--import-file", importFile]),
    ...(planFile === undefined ? [] : ["--save-plan", planFile]),
  ];
  const flags = ["--json", "--show-sames", "--stack", site.stack, ...files];
  const { status, stdout, stderr } = await run(site, ["preview", ...flags]);
  if (status === 0) return parsePlan(stdout);
  throw new PulumiError(`pulumi preview failed:\n${errorsIn(stdout) || stderr.trim()}`);
}

/** Imports the resources of the file into the state; only reads the systems. */
export async function importResources(site: StackLocation, file: string): Promise<void> {
  const flags = ["--yes", "--skip-preview", "--generate-code=false", "--protect=false"];
  const { status, stdout, stderr } = await run(site, [
    ...["import", "--file", file, ...flags, "--stack", site.stack],
    ...configFlags(site),
  ]);
  if (status !== 0) throw new PulumiError(`pulumi import failed: ${stderr.trim() || lastLines(stdout)}`);
}

export function configFlags({ configFile }: Pick<StackLocation, "configFile">): string[] {
  return configFile === undefined ? [] : ["--config-file", configFile];
}

function run(
  { cwd, environment, project }: StackLocation,
  args: readonly string[],
  options: { input?: string; timeoutMs?: number } = {},
): Promise<CommandResult> {
  return startPulumi(args, { cwd: cwd ?? project, environment, ...options }).ended;
}

function lastLines(text: string): string {
  return text.trim().split("\n").slice(-15).join("\n");
}
