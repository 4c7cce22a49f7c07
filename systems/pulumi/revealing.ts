import {
  type FlagKind,
  SHORT_FLAGS,
  QUIET_FLAGS,
  QUIET_VARIABLES,
  REVEALING_FLAGS,
  REVEALING_SWITCH_VARIABLES,
  REVEALING_SWITCHES,
  REVEALING_VARIABLES,
  WITH_VALUE,
} from "./cli-flags";

/** The arguments would make Pulumi show secrets in clear. Nothing was done. */
export class RevealingError extends Error {
  override readonly name = "RevealingError";

  constructor(asked: readonly string[]) {
    super(
      `pulumi was asked for ${asked.join(" and ")}: it would, or may, print, store or send in clear what it exchanges with its ` +
        "plugins, including secrets. Nothing was done.\n" +
        "  → Remove the flag, or unset the variable. `npm run up -- --logtostderr -v=9` (or preview) shows what the engine " +
        "does, without the values. They are in the log that Pulumi keeps of every run, encrypted with the stack's key: " +
        "`pulumi logs list`, then `pulumi logs decrypt FILE`. `npm run preview -- --json` masks secrets",
    );
  }
}

/** Tells the program that the caller of the CLI removes the values from its log: tools/setup/engine-log.ts. */
const LOG_IS_CUT = "ZOT_ACCESS_LOG_WITHOUT_VALUES";
const TWIN = "PULUMI_OPTION_";
/** The names of variables in a later CLI that may affect its output. */
const SUSPICIOUS =
  /^PULUMI_(?:.*_)?(?:DEBUG|DUMP|EVENTS?|JSON|LOGS?|OTEL|OTLP|PROFIL\w*|TRAC\w*|VERBOSE)(?:_|$)/;
/**
 * Variables of the libraries in Pulumi's plugins and programs: Terraform's providers log requests and answers; Go's
 * HTTP/2, between engine and plugins, logs every frame. Node's debug log has the environment of each child and the
 * content of streams; its options open a port for a debugger, or write the heap, the environment or TLS keys to
 * files.
 */
const OF_RUNTIMES: readonly [name: RegExp, isShown: (value: string) => boolean][] = [
  [/^TF_LOG(?:_|$)/, (value) => !/^off$/i.test(value)],
  [/^GODEBUG$/, (value) => /http2debug=[12]/.test(value)],
  [/^NODE_DEBUG(?:_NATIVE)?$/, () => true],
  [/^NODE_OPTIONS$/, (value) => nodeOptions(value).some((option) => OF_NODE.test(option))],
];

/** The last one is a file with such options. */
const OF_NODE =
  /^--(?:inspect|heap-prof|heapsnapshot|report-(?:on|uncaught)|tls-keylog|trace-tls|experimental-network-inspection|experimental-(?:default-)?config-file)/;

/**
 * The words of NODE_OPTIONS as Node reads them: also in double quotes, with backslash escapes, and `_` for `-` in a
 * name.
 */
function nodeOptions(value: string): string[] {
  const words = value.match(/(?:"(?:\\[^]|[^"\\])*"?|[^" ])+/g) ?? [];
  return words.map((word) => {
    const [name = "", ...rest] = word
      .replace(/"((?:\\[^]|[^"\\])*)"?/g, (_quoted, inner: string) => inner.replace(/\\([^])/g, "$1"))
      .split("=");
    return [name.replaceAll("_", "-"), ...rest].join("=");
  });
}

export const withCutLog = (environment: NodeJS.ProcessEnv): NodeJS.ProcessEnv => ({
  ...environment,
  [LOG_IS_CUT]: "1",
});

/**
 * The parts of a command line and an environment that make the CLI print, store or send secrets in clear, or may do
 * so because they are unknown: a flag, its variable (`PULUMI_OPTION_…`), or another variable, by its name alone.
 *
 * `--logtostderr` shows values at every level. `--verbose` does at every level but 0, in a file of the temporary
 * folder: the level has no effect while the encrypted log is kept, which is always.
 */
export function revealing(args: readonly string[], environment: NodeJS.ProcessEnv): string[] {
  const { command, flags } = parsed(args);
  const cut = environment[LOG_IS_CUT] === "1" && logsToStderr(args);
  const asked = flags.filter(({ name, value }) => {
    const kind = kindOf(name);
    if (kind === undefined || kind === "asked" || isOff(name, value)) return false;
    return kind === "log" ? !cut : kind !== "events" || command !== "preview";
  });
  return [...asked.map(({ written }) => written), ...revealingVariables(environment, command)];
}

function revealingVariables(environment: NodeJS.ProcessEnv, command: string | undefined): string[] {
  return Object.entries(environment).flatMap(([name, value = ""]) => {
    if (value === "" || QUIET_VARIABLES.has(name)) return [];
    if (name.startsWith(TWIN)) {
      const flag = name.slice(TWIN.length).toLowerCase().replaceAll("_", "-");
      const kind = kindOf(flag);
      const isQuiet =
        kind === undefined || isOff(flag, value) || (kind === "events" && command === "preview");
      return isQuiet ? [] : [name];
    }
    const shows =
      REVEALING_VARIABLES.has(name) ||
      SUSPICIOUS.test(name) ||
      OF_RUNTIMES.some(([pattern, isShown]) => pattern.test(name) && isShown(value));
    return shows && !(REVEALING_SWITCH_VARIABLES.has(name) && isFalse(value)) ? [name] : [];
  });
}

/** Whether the engine's log goes to a stream from which the values can be removed. */
export function logsToStderr(args: readonly string[]): boolean {
  const last = parsed(args).flags.findLast(({ name }) => name === "logtostderr");
  return last !== undefined && !isOff(last.name, last.value);
}

/** @returns undefined: shows nothing */
function kindOf(flag: string): FlagKind | "unknown" | undefined {
  return REVEALING_FLAGS[flag] ?? (QUIET_FLAGS.has(flag) ? undefined : "unknown");
}

function isOff(flag: string, value: string | undefined): boolean {
  if (flag === "verbose") return value === undefined || /^\+?0+$/.test(value);
  return (
    value !== undefined &&
    (REVEALING_SWITCHES.has(flag) ? isFalse(value) : WITH_VALUE.has(flag) && value === "")
  );
}

/** As Go reads it. */
const isFalse = (value: string) => /^(?:false|f|0)$/i.test(value);

interface Flag {
  readonly name: string;
  /** As written on the command line. */
  readonly written: string;
  readonly value: string | undefined;
}

/** A command line as the CLI parses it (spf13/pflag): which argument is a flag, a flag's value, or the command. */
function parsed(args: readonly string[]): { command: string | undefined; flags: readonly Flag[] } {
  const flags: Flag[] = [];
  let command: string | undefined;
  for (let at = 0; at < args.length; at += 1) {
    const written = args[at] ?? "";
    if (written === "--") break;
    if (!/^-./.test(written)) {
      command ??= written;
      continue;
    }
    for (const { name, value } of written.startsWith("--") ? [longFlag(written)] : letters(written)) {
      const takesNext = value === undefined && WITH_VALUE.has(name);
      if (takesNext) at += 1;
      flags.push({ name, written, value: takesNext ? args[at] : value });
    }
  }
  return { command, flags };
}

function longFlag(written: string): Pick<Flag, "name" | "value"> {
  const [name = "", value] = written.slice(2).split(/=(.*)/s);
  return { name, value };
}

/** `-yd`, `-v9`, `-v=9`, `-v 9`. */
function letters(written: string): Pick<Flag, "name" | "value">[] {
  const found: Pick<Flag, "name" | "value">[] = [];
  for (let at = 1; at < written.length; at += 1) {
    const name = SHORT_FLAGS[written[at] ?? ""] ?? written.charAt(at);
    const rest = written.slice(at + 1);
    if (rest.startsWith("=")) return [...found, { name, value: rest.slice(1) }];
    if (WITH_VALUE.has(name)) return [...found, { name, value: rest === "" ? undefined : rest }];
    found.push({ name, value: undefined });
  }
  return found;
}

/** @throws RevealingError */
export function refuseRevealing(args: readonly string[], environment: NodeJS.ProcessEnv): void {
  const asked = revealing(args, environment);
  if (asked.length > 0) throw new RevealingError(asked);
}
