import { spawn } from "node:child_process";
import type { AddressInfo } from "node:net";
import { Server, utils, type Connection } from "ssh2";

export interface SshHost {
  readonly port: number;
  /** OpenSSH public key of the host. */
  readonly hostKey: string;
  /** Private key that may log in. */
  readonly userKey: string;
  /** Commands that were asked for. */
  readonly commands: string[];
  /** Variables that clients asked to set. */
  readonly variables: Record<string, string>;
  /** The next command ends without an exit status, as when the connection is cut. */
  cutNext(): void;
  forget(): void;
  stop(): Promise<void>;
}

const newKey = () => utils.generateKeyPairSync("ed25519");

/** An SSH server that runs commands with /bin/sh and lets one key in, whatever the user's name. */
export async function startSshHost(): Promise<SshHost> {
  const host = newKey();
  const user = newKey();
  const commands: string[] = [];
  const variables: Record<string, string> = {};
  let cut = false;

  const server = new Server({ hostKeys: [host.private] }, (client: Connection) => {
    client.on("error", () => undefined);
    client.on("authentication", (context) => {
      const offered = context.method === "publickey" ? context.key.data.toString("base64") : "";
      if (offered !== "" && user.public.includes(offered)) context.accept();
      else context.reject(["publickey"]);
    });
    client.on("session", (accept) => {
      const session = accept();
      const env: Record<string, string> = {};
      session.on("env", (acceptEnv, _reject, { key, val }) => {
        env[key] = val;
        Object.assign(variables, { [key]: val });
        // Absent when the client wants no answer.
        (acceptEnv as (() => void) | undefined)?.();
      });
      session.on("exec", (acceptExec, _reject, { command }) => {
        commands.push(command);
        const channel = acceptExec();
        if (cut) {
          cut = false;
          client.end();
          return;
        }
        const child = spawn("/bin/sh", ["-c", command], { env: { ...process.env, ...env } });
        // A command may end without reading its input, which sshd minds as little.
        child.stdin.on("error", () => undefined);
        channel.pipe(child.stdin);
        child.stdout.pipe(channel, { end: false });
        child.stderr.pipe(channel.stderr, { end: false });
        child.on("close", (code) => {
          channel.exit(code ?? 1);
          channel.end();
        });
      });
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    port: (server.address() as AddressInfo).port,
    hostKey: host.public,
    userKey: user.private,
    commands,
    variables,
    cutNext: () => {
      cut = true;
    },
    forget: () => {
      commands.length = 0;
      for (const name of Object.keys(variables)) Reflect.deleteProperty(variables, name);
    },
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
      }),
  };
}
