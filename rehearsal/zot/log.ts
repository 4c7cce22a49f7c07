import { openSync, writeSync } from "node:fs";
import { now } from "./clock";
import { goTime } from "./go";
import { Panic } from "./panic";

type Fields = Record<string, unknown>;

/** zot's levels, from the chattiest (its pkg/log/log.go). */
const SEVERITY: Record<string, number> = {
  trace: 0,
  debug: 1,
  info: 2,
  warn: 3,
  warning: 3,
  error: 4,
  fatal: 5,
  panic: 5,
};

export const LEVELS = "debug, trace, info, warn, warning, error, fatal, panic";

export function isLevel(level: string): boolean {
  return level.toLowerCase() in SEVERITY;
}

/** One JSON object a line, as zot writes them: time, level, message, then the fields of the event. */
export class Logger {
  readonly #least: number;
  readonly #file: number | undefined;

  /**
   * @param level least level that is written
   * @param output file to append to, made with mode 0600; empty: standard output
   * @throws Panic where the file cannot be opened, as zot does, in `zot verify` too
   */
  constructor(level: string, output: string) {
    this.#least = SEVERITY[level.toLowerCase()] ?? 0;
    this.#file = output === "" ? undefined : openLog(output);
  }

  debug(message: string, fields: Fields = {}): void {
    this.#write("debug", message, fields);
  }

  info(message: string, fields: Fields = {}): void {
    this.#write("info", message, fields);
  }

  warn(message: string, fields: Fields = {}): void {
    this.#write("warn", message, fields);
  }

  error(message: string, fields: Fields = {}): void {
    this.#write("error", message, fields);
  }

  #write(level: string, message: string, fields: Fields): void {
    if ((SEVERITY[level] ?? 0) < this.#least) return;
    const line = `${JSON.stringify({ time: goTime(now()), level, message, ...fields })}\n`;
    if (this.#file === undefined) process.stdout.write(line);
    else writeSync(this.#file, line);
  }
}

function openLog(output: string): number {
  try {
    return openSync(output, "a", 0o600);
  } catch {
    throw new Panic(`open ${output}: no such file or directory`);
  }
}
