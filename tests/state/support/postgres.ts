import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { chownSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { accepts } from "../../../rehearsal/host/accepts";
import { findExecutable } from "../../../systems/pulumi/executables";
import { serverFolders } from "../../../tools/setup/system-packages";
import { freePort } from "../../../rehearsal/host/free-port";
import { until } from "../../rehearsal/zot/run-zot";

const find = (program: string) => findExecutable(program, process.env.PATH ?? "", serverFolders());
export const postgresTest = find("initdb") === undefined ? test.skip : test;

/** PostgreSQL refuses to run as root. The capability lets the account that nobody logs in to into a checkout below /root. */
const NOBODY = 65534;
const CAPABILITY = "+dac_override";
const AS_NOBODY = [
  "setpriv",
  ...[`--reuid=${NOBODY}`, `--regid=${NOBODY}`, "--clear-groups"],
  ...[`--inh-caps=${CAPABILITY}`, `--ambient-caps=${CAPABILITY}`],
];

export interface Postgres {
  /** What PULUMI_BACKEND_URL must be; the password is not in it. */
  readonly url: string;
  /** What PGPASSFILE must be. */
  readonly passwordFile: string;
  readonly password: string;
  /** One value of a query's answer, as psql prints it. */
  ask(query: string): string;
  stop(): Promise<void>;
}

/** A PostgreSQL server on loopback, with a database and a role that logs in by a password. It must be gone before `folder` is. */
export async function startPostgres(folder: string, password: string): Promise<Postgres> {
  const data = join(folder, "postgres");
  const passwordFile = join(folder, "pgpass");
  const first = join(folder, "first-password");
  mkdirSync(data);
  writeFileSync(first, password);
  const isRoot = process.getuid?.() === 0;
  if (isRoot) chownSync(data, NOBODY, NOBODY);
  const command = (program: string, args: string[]): [string, string[]] => {
    const [file = "", ...rest] = [...(isRoot ? AS_NOBODY : []), find(program) ?? program, ...args];
    return [file, rest];
  };
  const options = { cwd: data, env: { PATH: process.env.PATH, LC_ALL: "C" } };
  const cluster = ["-D", data, "-U", "pulumi", "--auth=scram-sha-256", `--pwfile=${first}`, "-E", "UTF8"];
  execFileSync(...command("initdb", [...cluster, "--no-locale", "--no-sync"]), { ...options, stdio: "pipe" });

  const port = await freePort();
  // Nothing of it needs to outlive this process: without fsync it starts and stops in a moment.
  const settings = ["listen_addresses=127.0.0.1", "unix_socket_directories=", "fsync=off", `port=${port}`];
  const server = spawn(
    ...command("postgres", ["-D", data, ...settings.flatMap((setting) => ["-c", setting])]),
    { ...options, stdio: ["ignore", "ignore", "pipe"] },
  );
  let log = "";
  server.stderr.on("data", (chunk: Buffer) => (log += chunk.toString()));
  await until(() => {
    if (server.exitCode !== null) throw new Error(`PostgreSQL ended at its start:\n${log}`);
    return log.includes("ready to accept connections") && accepts({ host: "127.0.0.1", port });
  });
  writeFileSync(passwordFile, `127.0.0.1:${port}:postgres:pulumi:${password}\n`, { mode: 0o600 });
  return {
    url: `postgres://pulumi@127.0.0.1:${port}/postgres?sslmode=disable`,
    passwordFile,
    password,
    ask: (query) => {
      const [file, args] = command("psql", [
        "-h",
        "127.0.0.1",
        "-p",
        String(port),
        "-U",
        "pulumi",
        "-tAc",
        query,
        "postgres",
      ]);
      return execFileSync(file, args, { ...options, env: { ...options.env, PGPASSWORD: password } })
        .toString()
        .trim();
    },
    stop: () => stop(server),
  };
}

/** SIGINT: PostgreSQL's fast shutdown, which does not wait for clients. */
async function stop(server: ChildProcess): Promise<void> {
  const ended = once(server, "exit");
  server.kill("SIGINT");
  await ended;
}
