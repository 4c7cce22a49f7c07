import { resolve } from "node:path";
import { Command, CommanderError, type Option } from "commander";
import type { StackLocation } from "../../systems/pulumi/cli";
import { messageOf, printableLines } from "../../systems/text";

/** What a command's exit code means, in its help: the same numbers everywhere. */
export interface ExitCodes {
  readonly 0: string;
  /** It ran, and found a problem or was refused. */
  readonly 1?: string;
  /** It could not begin: wrong arguments, or a required system is unreachable. */
  readonly 2?: string;
}

/** The arguments are wrong. Nothing was begun. */
export class UsageError extends Error {
  override readonly name = "UsageError";

  constructor(problem: string, help: string, options?: ErrorOptions) {
    super(`${problem}\n\n${help}`, options);
  }
}

/** The help was requested, and is printed. */
export class HelpShown extends Error {
  override readonly name = "HelpShown";
}

/**
 * Required options are checked after all others are known: commander would report the missing one before the misspelt
 * one.
 */
export class CommandLine extends Command {
  private readonly needed = new Map<Option, string>();

  /** @param fix what to do if it is missing */
  need(flags: string, description: string, fix: string): this {
    const option = this.createOption(flags, description);
    this.needed.set(option, fix);
    return this.addOption(option);
  }

  /** @throws UsageError */
  refuseMissing(): void {
    // An unset variable of a CI job arrives as an empty text.
    const missing = [...this.needed].filter(([option]) => !this.getOptionValue(option.attributeName()));
    if (missing.length === 0) return;
    const problems = missing.map(([{ long }, fix]) => `${long ?? ""} is missing or empty: ${fix}`);
    throw usageError(this, problems.join("\n"));
  }
}

/** A command of this project. Its help shows `called`; unknown arguments are refused with the nearest known one. */
export function commandLine(called: string, usage: string, what: string, exits: ExitCodes): CommandLine {
  const codes = Object.entries({ 2: "the arguments are wrong", ...exits });
  return new CommandLine(called)
    .usage(usage)
    .description(what)
    .helpOption("-h, --help", "show this")
    .addHelpText("after", `\nExit code:\n${codes.map(([code, means]) => `  ${code}  ${means}`).join("\n")}`)
    .configureHelp({ helpWidth: 120 })
    .configureOutput({ writeErr: () => undefined })
    .exitOverride();
}

/** A command for one stack. */
export function stackCommand(
  name: string,
  usage: string,
  what: string,
  exits: ExitCodes,
  fix = "name the stack",
): CommandLine {
  return commandLine(`npm run ${name} --`, `--stack NAME ${usage}`, what, exits)
    .need("-s, --stack <name>", "the stack", fix)
    .option("--config-file <file>", "settings file, if it is not Pulumi.NAME.yaml");
}

/**
 * @returns the options by commander's names, which must match the caller's type
 * @throws UsageError with the help, HelpShown
 */
// eslint-disable-next-line @typescript-eslint/no-unnecessary-type-parameters -- as commander's own opts()
export function parse<Options extends object>(
  line: CommandLine,
  args: readonly string[] = process.argv.slice(2),
): { readonly options: Options; readonly words: readonly string[] } {
  try {
    line.parse([...args], { from: "user" });
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    if (error.exitCode === 0) throw new HelpShown(undefined, { cause: error });
    throw usageError(line, error.message.replace(/^error: /, ""), error);
  }
  line.refuseMissing();
  return { options: line.opts<Options>(), words: line.args };
}

export function usageError(line: Command, problem: string, cause?: unknown): UsageError {
  return new UsageError(problem, line.helpInformation(), { cause });
}

export interface StackOptions {
  readonly stack: string;
  readonly configFile?: string;
}

/** Where the CLI finds the stack of the arguments. */
export function stackLocation({ stack, configFile }: StackOptions): StackLocation {
  return {
    stack,
    project: resolve(__dirname, "../.."),
    environment: process.env,
    ...(configFile !== undefined && { configFile: resolve(configFile) }),
  };
}

export function printLines(lines: readonly string[]): void {
  process.stdout.write(printableLines(["", ...lines, ""].join("\n")));
}

export interface Failing {
  /** The exit code for every error that is not about the arguments. */
  readonly failed: 1 | 2;
  /** The part of a message that may be shown; default: all of it. */
  readonly shown?: (message: string) => string;
}

/** Prints a command's error on standard error. @returns the exit code */
export function failure(name: string, error: unknown, { failed, shown }: Failing): number {
  if (error instanceof HelpShown) return 0;
  const message = messageOf(error);
  process.stderr.write(`${printableLines(`${name}: ${shown?.(message) ?? message}`)}\n`);
  return error instanceof UsageError ? 2 : failed;
}

/** Runs a command; its result or error decides the exit code. */
export function runMain(name: string, main: () => Promise<number | undefined>, failing: Failing): void {
  main().then(
    (code) => (process.exitCode = code ?? 0),
    (error: unknown) => (process.exitCode = failure(name, error, failing)),
  );
}
