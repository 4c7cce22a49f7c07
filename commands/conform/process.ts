import { spawn, type ChildProcessByStdio } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import type { Readable } from "node:stream";
import { setTimeout as sleep } from "node:timers/promises";
import { messageOf } from "../../systems/text";

/** A zot that does not start, or an executable that is not zot. */
export class CandidateError extends Error {
  override readonly name = "CandidateError";
}

export interface Running {
  url: string;
  stop: () => Promise<void>;
}

const HOST = "127.0.0.1";
/** Part of the log entry with the port that zot got and listens on (its pkg/api/controller.go). */
const PORT_IS_KNOWN = "kernel chosen port";
const START_LIMIT_MS = 20_000;
const STOP_LIMIT_MS = 5_000;
const KEPT_LINES = 5;

/** A folder that is removed at the latest when this process ends. A signal must end it by process.exit(). */
export function temporaryFolder(prefix: string): { readonly folder: string; readonly remove: () => void } {
  const folder = mkdtempSync(join(tmpdir(), prefix));
  const atExit = () => rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
  process.once("exit", atExit);
  const remove = () => {
    process.off("exit", atExit);
    atExit();
  };
  return { folder, remove };
}

/** The settings by which serve() finds the port. */
export const LISTEN = { address: HOST, port: "0" } as const;
export const LOG = { level: "info" } as const;

/**
 * Runs `zot serve` until stop(), at the latest until this process ends. The config must listen on LISTEN and log as LOG.
 *
 * @throws CandidateError
 */
export async function serve(binary: string, configFile: string): Promise<Running> {
  const child = spawn(binary, ["serve", configFile], { stdio: ["ignore", "pipe", "pipe"] });
  const kill = () => child.kill("SIGKILL");
  // Before other exit handlers remove folders that zot writes to.
  process.prependOnceListener("exit", kill);
  const lastWords: string[] = [];
  const ended = once(child, "close")
    .catch((error: unknown) => lastWords.push(String(error)))
    .finally(() => process.off("exit", kill));
  const stop = async () => {
    child.kill("SIGTERM");
    const impatient = setTimeout(kill, STOP_LIMIT_MS);
    await ended;
    clearTimeout(impatient);
  };
  const tooLate = sleep(START_LIMIT_MS, undefined, { ref: false });
  const port = await Promise.race([portOf(child, lastWords), ended.then(() => undefined), tooLate]);
  if (port !== undefined) return { url: `http://${HOST}:${port}`, stop };
  await stop();
  throw new CandidateError(
    `${binary} did not start to listen; see whether it is zot and can be run here. Its last words:\n${lastWords.join("\n")}`,
  );
}

/** Later output is read and dropped: zot logs several lines per request. */
function portOf({ stdout, stderr }: ChildProcessByStdio<null, Readable, Readable>, lastWords: string[]) {
  return new Promise<number>((resolve) => {
    for (const stream of [stdout, stderr]) {
      const lines = createInterface({ input: stream }).on("line", (line) => {
        lastWords.push(line);
        if (lastWords.length > KEPT_LINES) lastWords.shift();
        if (!line.includes(PORT_IS_KNOWN)) return;
        resolve(Number(/"port":(\d+)/.exec(line)?.[1]));
        lines.close();
        stream.resume();
      });
    }
  });
}

/** The version that `zot --version` reports, e.g. `v2.1.20`. @throws CandidateError */
export async function versionOf(binary: string): Promise<string> {
  const child = spawn(binary, ["--version"], { stdio: ["ignore", "pipe", "pipe"] });
  let text = "";
  for (const stream of [child.stdout, child.stderr]) stream.on("data", (chunk) => (text += String(chunk)));
  await once(child, "close").catch((error: unknown) => {
    throw new CandidateError(`${binary} cannot be run: ${messageOf(error)}; give the path of a zot binary`, {
      cause: error,
    });
  });
  // The suffix that git appends to the tagged commit has no meaning.
  const version = /"commit":"(v?\d[^"]*?)(?:-0-g[0-9a-f]+)?"/.exec(text)?.[1];
  if (version === undefined) {
    throw new CandidateError(
      `${binary} --version names no version in "commit"; give the path of a zot binary`,
    );
  }
  return version;
}
