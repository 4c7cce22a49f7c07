import { loadConfig } from "./config/load";
import { ConfigRefused } from "./config/refused";
import { Logger } from "./log";
import { Panic } from "./panic";
import { serve } from "./serve";
import { ROOT_USAGE, SERVE_USAGE } from "./usage";
import { VERSION } from "./version";

/**
 * zot's command line (its pkg/cli/server/root.go): the same exit codes, usage on standard error for a failed `serve`.
 *
 * @returns the exit code, undefined while the server runs
 */
export async function run(args: string[]): Promise<number | undefined> {
  try {
    return await dispatch(args);
  } catch (error) {
    if (!(error instanceof Panic)) throw error;
    process.stderr.write(error.report);
    return 2;
  }
}

async function dispatch([command, ...args]: string[]): Promise<number | undefined> {
  switch (command) {
    case undefined:
      process.stderr.write(ROOT_USAGE);
      return 0;
    case "--version":
    case "-v":
      showVersion();
      return 0;
    case "--help":
    case "-h":
    case "help":
      process.stdout.write(`\`zot\`\n\n${ROOT_USAGE}`);
      return 0;
    case "verify":
      return verify(args);
    case "serve":
      return serveCommand(args);
    default:
      return unknownCommand(command);
  }
}

function showVersion(): void {
  new Logger("info", "").info("version", {
    "distribution-spec": "1.1.1",
    commit: VERSION,
    "binary-type": "stand-in",
    "go version": "",
  });
}

function verify([path]: string[]): number {
  if (path === undefined) return 0;
  const log = new Logger("info", "");
  try {
    loadConfig(path);
  } catch (error) {
    if (!(error instanceof ConfigRefused)) throw error;
    log.error("invalid config file", { config: path });
    process.stderr.write(`Error: ${error.message}\n`);
    return 1;
  }
  log.info("config file is valid", { config: path });
  return 0;
}

async function serveCommand(args: string[]): Promise<number | undefined> {
  const paths = args.filter((each) => each !== "--force-reparse");
  if (paths.includes("--help") || paths.includes("-h")) {
    process.stdout.write(`\`serve\` stores and distributes OCI images\n\n${SERVE_USAGE}`);
    return 0;
  }
  const [path] = paths;
  if (path === undefined || paths.length !== 1)
    return failWithUsage(`accepts 1 arg(s), received ${paths.length}`);
  try {
    return await serve(path);
  } catch (error) {
    if (!(error instanceof ConfigRefused)) throw error;
    return failWithUsage(error.message);
  }
}

function failWithUsage(problem: string): number {
  process.stderr.write(`Error: ${problem}\n${SERVE_USAGE}\n`);
  return 1;
}

function unknownCommand(command: string): number {
  if (command.startsWith("-")) process.stderr.write(`Error: unknown flag: ${command}\n${ROOT_USAGE}\n`);
  else process.stderr.write(`Error: unknown command "${command}" for "zot"\nRun 'zot --help' for usage.\n`);
  return 1;
}
