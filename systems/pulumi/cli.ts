import { execFile } from "node:child_process";
import { delimiter } from "node:path";
import { promisify } from "node:util";
import { cacheFolder, pulumiHome } from "./cli-location";
import { refuseRevealing } from "./revealing";

/** The Pulumi CLI could not say what was asked of it. Its own words are in the message; it prints no secret there. */
export class PulumiError extends Error {
  override readonly name = "PulumiError";
}

export interface StackLocation {
  readonly stack: string;
  /** Folder of Pulumi.yaml. */
  readonly project: string;
  /** Pulumi.<stack>.yaml of that folder unless told. */
  readonly configFile?: string | undefined;
  readonly environment: NodeJS.ProcessEnv;
}

const TIMEOUT_MS = 60_000;
/** A state of some hundred resources is a megabyte. */
const MOST_BYTES = 256 << 20;

/** Asks the CLI, and reads its answer as JSON. Secrets come over the pipe, never by an argument. @throws PulumiError */
export async function askPulumi(at: StackLocation, args: readonly string[]): Promise<unknown> {
  const options = {
    cwd: at.project,
    env: cliEnvironment(at.environment),
    timeout: TIMEOUT_MS,
    maxBuffer: MOST_BYTES,
  };
  const what = `pulumi ${args.slice(0, 2).join(" ")}`;
  try {
    const all = [...args, "--stack", at.stack, "--non-interactive", "--color", "never"];
    const { stdout } = await promisify(execFile)("pulumi", all, options);
    return JSON.parse(stdout) as unknown;
  } catch (error) {
    throw explained(what, at.stack, error);
  }
}

/** With the CLI that the set-up installed first on PATH. @throws RevealingError */
export function cliEnvironment(environment: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  refuseRevealing([], environment);
  return {
    ...environment,
    PATH: [cacheFolder(pulumiHome(environment)), environment["PATH"] ?? ""].join(delimiter),
    PULUMI_SKIP_UPDATE_CHECK: "true",
  };
}

/** The error of a child process also carries what it printed, which holds secrets: only what it complained of is kept. */
function explained(what: string, stack: string, error: unknown): PulumiError {
  if (error instanceof SyntaxError)
    return new PulumiError(`${what} did not answer with JSON; is it Pulumi's CLI?`);
  const { code, killed, stderr } = error as { code?: unknown; killed?: boolean; stderr?: string };
  if (code === "ENOENT") {
    return new PulumiError(
      `${what}: there is no pulumi on PATH; install it, or run npm start once, which does`,
    );
  }
  const reason = killed === true ? `no answer within ${TIMEOUT_MS / 1000} s` : (stderr ?? "").trim();
  return new PulumiError(
    `${what} failed for the stack ${stack}: ${reason === "" ? "no reason given" : reason}\n` +
      "See `pulumi stack ls`, and that PULUMI_BACKEND_URL and PULUMI_CONFIG_PASSPHRASE are those of the stack.",
  );
}
