import type { Client, ClientChannel } from "ssh2";
import type { Log } from "../plugin";
import { dial, type Connection } from "./connection";

export interface Command {
  readonly connection: Connection;
  readonly stdin?: string;
  readonly logging?: "stdout" | "stderr" | "stdoutAndStderr" | "none";
  readonly environment?: Readonly<Record<string, string>>;
  readonly addPreviousOutputInEnv?: boolean;
}

interface Output {
  readonly stdout: string;
  readonly stderr: string;
}

/**
 * Runs one command on the remote host.
 *
 * @returns its output without the last line break.
 * @throws Error with the command and everything it wrote, as the real provider does: neither may hold a secret.
 */
export async function runRemote(command: string, args: Command, before: Output, log: Log): Promise<Output> {
  const client = await dial(args.connection, log);
  try {
    return await runIn(client, command, args, before, log);
  } finally {
    client.end();
  }
}

async function runIn(
  client: Client,
  command: string,
  args: Command,
  before: Output,
  log: Log,
): Promise<Output> {
  const previous: Record<string, string> =
    args.addPreviousOutputInEnv === false
      ? {}
      : { PULUMI_COMMAND_STDOUT: before.stdout, PULUMI_COMMAND_STDERR: before.stderr };
  const env = { ...args.environment, ...withoutEmpty(previous) };
  const kept = { stdout: "", stderr: "", both: "" };
  const failure = await new Promise<string | undefined>((resolve, reject) => {
    // sshd takes variables that its AcceptEnv names; unlike the real provider's library, ssh2 is not told which it refused.
    client.exec(command, { env }, (error, channel) => {
      if (error) {
        reject(new Error(`ssh: ${error.message}`));
        return;
      }
      // At once: output, status and end may stand in the very packet that opened the channel, and are told only once.
      ended(client, channel).then(resolve, reject);
      collect(channel, args.logging ?? "stdoutAndStderr", kept, log);
      if (args.stdin) channel.write(args.stdin);
      channel.end();
    });
  });
  if (failure !== undefined) throw new Error(`${failure}: running ${JSON.stringify(command)}:\n${kept.both}`);
  return { stdout: kept.stdout.replace(/\n$/, ""), stderr: kept.stderr.replace(/\n$/, "") };
}

function collect(
  channel: ClientChannel,
  logging: string,
  kept: { stdout: string; stderr: string; both: string },
  log: Log,
): void {
  const take = (stream: NodeJS.ReadableStream, name: "stdout" | "stderr") => {
    const shown = logging === name || logging === "stdoutAndStderr";
    stream.setEncoding("utf8");
    stream.on("data", (text: string) => {
      kept[name] += text;
      kept.both += text;
      if (shown) for (const line of text.split("\n").filter(Boolean)) log("info", line, true);
    });
  };
  take(channel, "stdout");
  take(channel.stderr, "stderr");
}

/** @returns what went wrong, in the words of the real provider; undefined when the command ended with status 0. */
function ended(client: Client, channel: ClientChannel): Promise<string | undefined> {
  return new Promise((resolve) => {
    let status: { code: number | null; signal?: string } | undefined;
    channel.once("exit", (code: number | null, signal?: string) => {
      status = { code, ...(signal && { signal }) };
    });
    channel.once("close", () => {
      if (!status) resolve("wait: remote command exited without exit status or exit signal");
      else if (status.code === 0) resolve(undefined);
      else if (status.signal) resolve(`Process exited with status 1 from signal ${status.signal}`);
      else resolve(`Process exited with status ${status.code ?? 1}`);
    });
    client.once("close", () => resolve("wait: remote command exited without exit status or exit signal"));
  });
}

function withoutEmpty(variables: Record<string, string>): Record<string, string> {
  return Object.fromEntries(Object.entries(variables).filter(([, value]) => value !== ""));
}
