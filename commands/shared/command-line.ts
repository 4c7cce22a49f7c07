import { resolve } from "node:path";
import { parseArgs } from "node:util";
import type { Site } from "../../systems/pulumi/cli";

export interface Command {
  readonly at: Site;
  /** Which of the command's own flags were given, such as `apply`. */
  readonly given: ReadonlySet<string>;
}

/** @throws Error with the usage where an argument is unknown, or no stack is named. */
export function parseCommand(usage: string, flags: readonly string[]): Command {
  try {
    const { values } = parseArgs({
      options: {
        stack: { type: "string", short: "s" },
        ...Object.fromEntries(flags.map((flag) => [flag, { type: "boolean" } as const])),
        "config-file": { type: "string" },
      },
    });
    const { stack, "config-file": configFile } = values;
    if (typeof stack !== "string") throw new Error("name the stack");
    const at = {
      stack,
      project: resolve(__dirname, "../.."),
      environment: process.env,
      ...(typeof configFile === "string" && { configFile: resolve(configFile) }),
    };
    return { at, given: new Set(flags.filter((flag) => Reflect.get(values, flag) === true)) };
  } catch (error) {
    throw new Error(`${error instanceof Error ? error.message : String(error)}\n\n${usage}`);
  }
}

export function say(lines: readonly string[]): void {
  process.stdout.write(["", ...lines, ""].join("\n"));
}

/** Runs a command; what it throws is shown, and is its exit code. */
export function runMain(name: string, main: () => Promise<void>): void {
  main().catch((error: unknown) => {
    process.stderr.write(`${name}: ${error instanceof Error ? error.message : String(error)}\n`);
    process.exitCode = 1;
  });
}
