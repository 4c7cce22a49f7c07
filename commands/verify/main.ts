import { writeFile } from "node:fs/promises";
import { constants } from "node:os";
import { failure, parse, stackCommand, type StackOptions } from "../shared/command-line";
import { openStack } from "../shared/stack";
import { verifyInput } from "./input";
import { toJunit } from "./report/junit";
import { wantsColor } from "../shared/paint";
import { formatVerdict } from "./report/text";
import { verify } from "./verify";

const line = stackCommand(
  "verify",
  "[--config-file FILE] [--json] [--junit FILE] [--no-mint]",
  "Tests the access matrix on the live registry with the stack's settings and keys, and checks every system.",
  {
    0: "everything matches the settings",
    1: "something is wrong",
    2: "the arguments are wrong, or nothing could be tested",
  },
)
  .option("--json", "print the verdict as JSON instead of tables")
  .option("--junit <file>", "also write the result as JUnit XML")
  .option("--no-mint", "mint no test keys, and do not test expired and revoked keys (proof.mintTestKeys)");

interface Options extends StackOptions {
  readonly json?: true;
  readonly junit?: string;
  readonly mint: boolean;
}

/** @returns the exit code */
async function main(signal: AbortSignal): Promise<number> {
  const { stack, json, junit, configFile, mint } = parse<Options>(line).options;
  const access = await openStack({ stack, configFile });
  const verdict = await verify(await verifyInput(access), { signal, ...(!mint && { mint }) });
  if (junit !== undefined) await writeFile(junit, toJunit(verdict));
  const color = wantsColor(process.stdout, process.env);
  process.stdout.write(json ? `${JSON.stringify(verdict, null, 2)}\n` : formatVerdict(verdict, { color }));
  return verdict.ok ? 0 : 1;
}

/** The first signal stops the tests and removes what was created for them; the second one ends the process. */
function endingOnSignals(): AbortController & { status?: number } {
  const ending: AbortController & { status?: number } = new AbortController();
  for (const name of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
    process.on(name, () => {
      if (ending.signal.aborted) process.exit(ending.status);
      ending.status = 128 + constants.signals[name];
      ending.abort(new Error(`ended by ${name}; the test keys and images were removed`));
    });
  }
  return ending;
}

const ending = endingOnSignals();
main(ending.signal).then(
  (code) => (process.exitCode = ending.status ?? code),
  (error: unknown) => {
    const code = failure("verify", error, { failed: 2 });
    process.exitCode = ending.status ?? code;
  },
);
