import { type ChildProcess, spawn } from "node:child_process";
import { generateKeyPairSync, randomBytes } from "node:crypto";
import { once } from "node:events";
import { createWriteStream } from "node:fs";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { Agent, request } from "node:https";
import { join } from "node:path";
import { json } from "node:stream/consumers";
import { stringify } from "yaml";
import { until } from "../../rehearsal/host/until";
import { clusterToolPath } from "../../tools/setup/cluster-tools";
import { freePort } from "../../rehearsal/host/free-port";

/** A Kubernetes object as far as tests look into it. */
export interface KubeObject {
  metadata: {
    name: string;
    uid: string;
    generation?: number;
    labels?: Record<string, string>;
    annotations?: Record<string, string>;
    managedFields?: { manager: string; operation: string }[];
  };
  type?: string;
  data?: Record<string, string>;
  spec?: unknown;
  status?: unknown;
  items?: KubeObject[];
}

export interface Answer {
  readonly status: number;
  readonly body: KubeObject;
}

/** A real Kubernetes API server with its etcd on loopback. No controller and no node: what is put there stays as it is. */
export interface ApiServer {
  /** Asks as somebody who may do everything. `type` is that of the body: JSON, or a patch. */
  ask(method: string, path: string, body?: unknown, type?: string): Promise<Answer>;
  /** Writes a kubeconfig of a user who may do what RBAC grants, with these contexts on this server and those elsewhere. */
  kubeconfig(file: string, contexts: string[], elsewhere: Record<string, string>): Promise<void>;
  stop(): Promise<void>;
}

/** Name of the user of the kubeconfig. */
export const OPERATOR = "operator";

/** @param folder everything that the servers write is below it. */
export async function startApiServer(folder: string): Promise<ApiServer> {
  await mkdir(folder, { recursive: true });
  const [etcdPort, peerPort, port] = await Promise.all([freePort(), freePort(), freePort()]);
  const running: ChildProcess[] = [];
  const stop = async () => {
    for (const child of running.reverse()) await end(child);
  };
  const tokens = { admin: randomBytes(16).toString("hex"), operator: randomBytes(16).toString("hex") };
  try {
    const etcd = `http://127.0.0.1:${etcdPort}`;
    running.push(start("etcd", folder, etcdFlags(folder, etcd, `http://127.0.0.1:${peerPort}`)));
    running.push(start("kube-apiserver", folder, await apiServerFlags(folder, etcd, port, tokens)));
    const authority = join(folder, "certificates", "apiserver.crt");
    const ask = asking(port, tokens.admin, authority);
    await until("the API server is ready", () => {
      const ended = running.find(({ exitCode }) => exitCode !== null);
      if (ended) throw new Error(`${ended.spawnfile} ended with ${ended.exitCode}; its log is in ${folder}`);
      return ask("GET", "/readyz").then(isReady, () => false);
    });
    return {
      ask,
      stop,
      kubeconfig: async (file, contexts, elsewhere) => {
        const here = contexts.map((name) => [name, `https://127.0.0.1:${port}`] as const);
        const servers = Object.fromEntries([...here, ...Object.entries(elsewhere)]);
        await writeFile(file, renderKubeconfig(servers, authority, tokens.operator), { mode: 0o600 });
      },
    };
  } catch (error) {
    await stop();
    throw error;
  }
}

const isReady = ({ status }: Answer) => status === 200;

function etcdFlags(folder: string, clients: string, peers: string): string[] {
  return [
    `--data-dir=${join(folder, "etcd")}`,
    `--listen-client-urls=${clients}`,
    `--advertise-client-urls=${clients}`,
    `--listen-peer-urls=${peers}`,
    `--initial-advertise-peer-urls=${peers}`,
    `--initial-cluster=default=${peers}`,
    "--unsafe-no-fsync",
  ];
}

async function apiServerFlags(
  folder: string,
  etcd: string,
  port: number,
  tokens: { admin: string; operator: string },
): Promise<string[]> {
  const users = join(folder, "users.csv");
  const signingKey = join(folder, "service-accounts.pem");
  const { privateKey } = generateKeyPairSync("rsa", {
    modulusLength: 2048,
    publicKeyEncoding: { type: "spki", format: "pem" },
    privateKeyEncoding: { type: "pkcs1", format: "pem" },
  });
  await writeFile(users, `${tokens.admin},admin,1,system:masters\n${tokens.operator},${OPERATOR},2\n`, {
    mode: 0o600,
  });
  await writeFile(signingKey, privateKey, { mode: 0o600 });
  return [
    `--etcd-servers=${etcd}`,
    "--bind-address=127.0.0.1",
    "--advertise-address=127.0.0.1",
    `--secure-port=${port}`,
    // It signs a certificate for itself and keeps it here.
    `--cert-dir=${join(folder, "certificates")}`,
    `--token-auth-file=${users}`,
    "--authorization-mode=RBAC",
    "--anonymous-auth=false",
    "--service-cluster-ip-range=10.0.0.0/24",
    "--service-account-issuer=https://127.0.0.1",
    `--service-account-key-file=${signingKey}`,
    `--service-account-signing-key-file=${signingKey}`,
    // Nobody makes the service account that it would ask for in every namespace.
    "--disable-admission-plugins=ServiceAccount",
    "--endpoint-reconciler-type=none",
  ];
}

function start(tool: string, folder: string, flags: string[]): ChildProcess {
  const log = createWriteStream(join(folder, `${tool}.log`));
  const child = spawn(clusterToolPath(tool), flags, { cwd: folder, stdio: ["ignore", "pipe", "pipe"] });
  child.stdout.pipe(log);
  child.stderr.pipe(log);
  return child;
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exited = once(child, "exit");
  child.kill("SIGKILL");
  await exited;
}

function asking(port: number, token: string, authority: string): ApiServer["ask"] {
  let agent: Agent | undefined;
  return async (method, path, body, type = "application/json") => {
    agent ??= new Agent({ ca: await readFile(authority), keepAlive: true });
    const asked = request({
      agent,
      host: "127.0.0.1",
      port,
      method,
      path,
      headers: { authorization: `Bearer ${token}`, accept: "application/json", "content-type": type },
    });
    asked.end(body === undefined ? undefined : JSON.stringify(body));
    const [answer] = (await once(asked, "response")) as [import("node:http").IncomingMessage];
    const status = answer.statusCode ?? 0;
    if (!String(answer.headers["content-type"]).includes("json")) {
      answer.resume();
      return { status, body: {} as KubeObject };
    }
    return { status, body: (await json(answer)) as KubeObject };
  };
}

function renderKubeconfig(servers: Record<string, string>, authority: string, token: string): string {
  const names = Object.keys(servers);
  return stringify({
    apiVersion: "v1",
    kind: "Config",
    clusters: names.map((name) => ({
      name,
      cluster: { server: servers[name], "certificate-authority": authority },
    })),
    users: [{ name: OPERATOR, user: { token } }],
    contexts: names.map((name) => ({ name, context: { cluster: name, user: OPERATOR } })),
  });
}
