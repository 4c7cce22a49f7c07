import { writeFile } from "node:fs/promises";
import { constants } from "node:os";
import { parseArgs } from "node:util";
import { openStack } from "../shared/stack";
import { verifyInput } from "./input";
import { toJunit } from "./report/junit";
import { wantsColor } from "../shared/paint";
import { formatVerdict } from "./report/text";
import { verify } from "./verify";

const USAGE = `npm run verify -- --stack NAME [--config-file FILE] [--json] [--junit FILE] [--no-mint]

  --stack NAME        stack whose settings and key are used
  --config-file FILE  its settings, where that is not Pulumi.NAME.yaml
  --json              print the verdict as JSON instead of tables
  --junit FILE        also write it in JUnit's form
  --no-mint           mint no test keys: expired and revoked keys are not tried (proof.mintTestKeys)

Exit code: 0 all is as the settings say, 1 something is wrong, 2 nothing could be asked.`;

/** @returns the exit code */
async function main(signal: AbortSignal): Promise<number> {
  const { stack, json, junit, "config-file": configFile, "no-mint": noMint } = parsedArguments();
  const access = await openStack({ stack, configFile });
  const verdict = await verify(await verifyInput(access), { signal, ...(noMint && { mint: false }) });
  if (junit !== undefined) await writeFile(junit, toJunit(verdict));
  const color = wantsColor(process.stdout, process.env);
  process.stdout.write(json ? `${JSON.stringify(verdict, null, 2)}\n` : formatVerdict(verdict, { color }));
  return verdict.ok ? 0 : 1;
}

function parsedArguments() {
  try {
    const { values } = parseArgs({
      options: {
        stack: { type: "string" },
        "config-file": { type: "string" },
        json: { type: "boolean", default: false },
        junit: { type: "string" },
        "no-mint": { type: "boolean", default: false },
      },
    });
    const { stack } = values;
    if (stack === undefined) throw new Error("--stack is missing");
    return { ...values, stack };
  } catch (error) {
    throw new Error(`${error instanceof Error ? error.message : String(error)}\n\n${USAGE}`, {
      cause: error,
    });
  }
}

/** The first signal ends the questions and removes what was made for them; the second one ends the process. */
function endingOnSignals(): AbortController & { status?: number } {
  const ending: AbortController & { status?: number } = new AbortController();
  for (const name of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
    process.on(name, () => {
      if (ending.signal.aborted) process.exit(ending.status);
      ending.status = 128 + constants.signals[name];
      ending.abort(new Error(`ended by ${name}; what was made for the questions is removed`));
    });
  }
  return ending;
}

const ending = endingOnSignals();
main(ending.signal).then(
  (code) => (process.exitCode = ending.status ?? code),
  (error: unknown) => {
    process.stderr.write(`verify: ${error instanceof Error ? error.message : String(error)}\n`);
    process.exitCode = ending.status ?? 2;
  },
);
