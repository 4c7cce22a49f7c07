/** Pulumi was asked for something that shows secrets in clear. Nothing was done. */
export class RevealingError extends Error {
  override readonly name = "RevealingError";

  constructor(asked: readonly string[]) {
    super(
      `pulumi was asked for ${asked.join(" and ")}: so it writes down in clear what it exchanges with its plugins, ` +
        "secrets too. Nothing was done.\n" +
        "  → Leave that out. `npm run up -- --logtostderr -v=9`, and preview likewise, shows what the engine does without any " +
        "value. With the values it is in the log that Pulumi keeps of every run, encrypted with the stack's key: " +
        "`pulumi logs list`, then `pulumi logs decrypt FILE`",
    );
  }
}

/** Says to the program that whoever started the CLI cuts the values out of its log: tools/setup/engine-log.ts. */
const LOG_IS_CUT = "ZOT_ACCESS_LOG_WITHOUT_VALUES";
/** Writes every message between the engine, the program and the plugins to the file that it names. */
const GRPC_LOG = "PULUMI_DEBUG_GRPC";
/** Letters of the CLI's flags that take a value: what follows such a letter is not a flag. */
const WITH_VALUE = "Ccmpst";

export const withCutLog = (environment: NodeJS.ProcessEnv): NodeJS.ProcessEnv => ({
  ...environment,
  [LOG_IS_CUT]: "1",
});

/**
 * What of a command line and an environment makes the CLI write secrets down in clear, as it was written there; measured with
 * 3.250.0. `--logtostderr` does at every level, and `--verbose` at every level but 0, then in a file of the temporary folder:
 * the level is not looked at while the encrypted log is kept, which is always. `--logflow` has the plugins do the same.
 * `--show-secrets` is not among them, since that is what it is asked for.
 */
export function revealing(args: readonly string[], environment: NodeJS.ProcessEnv): string[] {
  const end = args.indexOf("--");
  const flags = end === -1 ? args : args.slice(0, end);
  const cut = environment[LOG_IS_CUT] === "1" && logsToStderr(args);
  const found = flags.filter((flag, at) => {
    const kind = kindOf(flag, flags[at + 1]);
    return kind === "values" || (kind === "log" && !cut);
  });
  return (environment[GRPC_LOG] ?? "") === "" ? found : [...found, GRPC_LOG];
}

/** Whether the engine's log goes where it can be cut. */
export function logsToStderr(args: readonly string[]): boolean {
  return args.some((arg) => arg.startsWith("--logtostderr") && kindOf(arg, undefined) === "log");
}

type Kind = "log" | "values" | undefined;

function kindOf(flag: string, next: string | undefined): Kind {
  if (!flag.startsWith("--")) return kindOfLetters(flag, next);
  const [name, value] = flag.split(/=(.*)/s);
  const off = /^(?:false|f|0)$/i.test(value ?? "");
  if (name === "--verbose") return isLevel(value ?? next) ? "log" : undefined;
  if (name === "--logtostderr") return off ? undefined : "log";
  if (name === "--debug" || name === "--logflow") return off ? undefined : "values";
  return name === "--tracing" || name === "--otel-traces" || name === "--event-log" ? "values" : undefined;
}

/** `-d`, `-yd`, `-v9`, `-v=9`, `-v 9`. */
function kindOfLetters(flag: string, next: string | undefined): Kind {
  const [, letters = "", rest = ""] = /^-([A-Za-z]+)(.*)$/s.exec(flag) ?? [];
  const first = new RegExp(`[dv${WITH_VALUE}]`).exec(letters)?.[0];
  if (first === "d") return "values";
  return first === "v" && isLevel(rest === "" ? next : rest.replace(/^=/, "")) ? "log" : undefined;
}

const isLevel = (text: string | undefined) => Number(text) > 0;

/** @throws RevealingError */
export function refuseRevealing(args: readonly string[], environment: NodeJS.ProcessEnv): void {
  const asked = revealing(args, environment);
  if (asked.length > 0) throw new RevealingError(asked);
}
