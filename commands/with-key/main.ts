import { spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { constants, tmpdir } from "node:os";
import { join } from "node:path";
import { AgentError, fingerprintOf, identitiesOf, startOneKeyAgent } from "../../systems/host/one-key-agent";
import { messageOf } from "../../systems/text";
import { commandLine, parse, runMain } from "../shared/command-line";

const line = commandLine(
  "npm run with-key --",
  "KEY COMMAND [ARGUMENT…]",
  "Runs a command with one key of the ssh-agent's, as OpenSSH does with IdentitiesOnly: pulumi, or another command of this project.",
  { 0: "the command's own exit code", 1: "the agent lacks the key, or the command could not be run" },
)
  .argument("<key>", "file of the public key, or its fingerprint (SHA256:…) as `ssh-add -l` prints it")
  .argument("<command...>", "what to run, with its arguments")
  .passThroughOptions();

async function main(): Promise<number> {
  const { words } = parse(line);
  const [key = "", command = "", ...args] = words;
  const agent = process.env["SSH_AUTH_SOCK"];
  if (!agent) throw new AgentError("there is no ssh-agent (SSH_AUTH_SOCK): start one, and load the key");
  const wanted = key.startsWith("SHA256:") ? key : fingerprintIn(key);
  const isChosen = (each: Buffer) => fingerprintOf(each) === wanted;
  const identities = await identitiesOf(agent);
  if (!identities.some((each) => isChosen(each.key))) {
    const held = identities.map((each) => `${fingerprintOf(each.key)} ${each.comment.toString()}`);
    throw new AgentError(
      `the ssh-agent lacks the key ${wanted}: load it with ssh-add. It has ${held.join(", ") || "no key"}`,
    );
  }
  const folder = mkdtempSync(join(tmpdir(), "zot-access-agent-"));
  try {
    const socket = join(folder, "agent");
    const stop = await startOneKeyAgent(socket, agent, isChosen);
    try {
      return await run(command, args, socket);
    } finally {
      stop();
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

const WHAT_TO_NAME = "name the file that ends in .pub, or the fingerprint that `ssh-add -l` prints";

/** @throws AgentError if that is no file with a public key */
function fingerprintIn(file: string): string {
  let text: string;
  try {
    text = readFileSync(file, "utf8");
  } catch (error) {
    throw new AgentError(`${file} cannot be read (${messageOf(error)}): ${WHAT_TO_NAME}`, { cause: error });
  }
  const [, base64] = /^(?:ssh|ecdsa|sk)-\S+ ([A-Za-z0-9+/=]+)/m.exec(text) ?? [];
  if (base64 === undefined) {
    throw new AgentError(`${file} holds no public key: ${WHAT_TO_NAME}`);
  }
  return fingerprintOf(Buffer.from(base64, "base64"));
}

/** A terminal sends its signals to the command itself; it decides when both end. */
function run(command: string, args: readonly string[], socket: string): Promise<number> {
  const child = spawn(command, args, { stdio: "inherit", env: { ...process.env, SSH_AUTH_SOCK: socket } });
  process.on("SIGINT", () => undefined);
  for (const signal of ["SIGTERM", "SIGHUP"] as const) process.on(signal, () => child.kill(signal));
  return new Promise((resolve, reject) => {
    child.on("error", (error) =>
      reject(
        new Error(`${command} could not be run (${error.message}): see whether it is on PATH`, {
          cause: error,
        }),
      ),
    );
    child.on("close", (code, signal) => resolve(code ?? 128 + (signal ? constants.signals[signal] : 0)));
  });
}

runMain("with-key", main, { failed: 1 });
