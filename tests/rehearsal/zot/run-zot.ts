import { spawn, spawnSync, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

/** ZOT_BINARY: a real zot, on which the same suite has to pass. */
export const BINARY = process.env.ZOT_BINARY ?? resolve(__dirname, "../../../rehearsal/zot/zot");

/** For what only the stand-in offers. */
export const standInTest = process.env.ZOT_BINARY === undefined ? test : test.skip;

export interface Config {
  distSpecVersion?: string;
  storage: { rootDirectory: string; dedupe?: boolean };
  http: {
    address: string;
    port: string | number;
    externalUrl?: string;
    auth?: Record<string, unknown>;
    accessControl?: { repositories: Record<string, unknown>; metrics?: unknown; adminPolicy?: unknown };
    compat?: string[];
  };
  log: { level: string; output?: string };
  extensions?: Record<string, unknown>;
}

/** A folder for one server, gone after the test file. */
export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), "zot-test-"));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** Everybody may read; `admins` everything; `artifact-workloads` may push new tags below ci/. */
export const ACCESS = {
  repositories: {
    "**": {
      anonymousPolicy: ["read"],
      defaultPolicy: ["read"],
      policies: [{ groups: ["admins"], actions: ["read", "create", "update", "delete"] }],
    },
    "ci/**": {
      anonymousPolicy: ["read"],
      defaultPolicy: ["read"],
      policies: [
        { groups: ["admins"], actions: ["read", "create", "update", "delete"] },
        { groups: ["artifact-workloads"], actions: ["read", "create"] },
      ],
    },
  },
  metrics: { anonymousPolicy: ["read"] },
};

/** As the product renders it, with `issuer` or without a login. Writes the credentials file beside it. */
export function configIn(
  folder: string,
  port: number,
  issuer?: { issuer: string; clientSecret?: string },
): Config {
  const credentialsFile = join(folder, "oidc-credentials.json");
  writeFileSync(
    credentialsFile,
    JSON.stringify({ clientid: "zot", clientsecret: issuer?.clientSecret ?? CLIENT_SECRET }),
  );
  return {
    distSpecVersion: "1.1.1",
    storage: { rootDirectory: join(folder, "data") },
    http: {
      address: "127.0.0.1",
      port: String(port),
      externalUrl: `http://127.0.0.1:${port}`,
      auth: {
        ...(issuer && { openid: { providers: { oidc: provider(credentialsFile, issuer.issuer) } } }),
        apikey: true,
      },
      accessControl: ACCESS,
    },
    log: { level: "info" },
    extensions: { metrics: { enable: true, prometheus: { path: "/metrics" } } },
  };
}

export const CLIENT_SECRET = "a+b/c=";

function provider(credentialsFile: string, issuer: string): unknown {
  return {
    credentialsFile,
    issuer,
    scopes: ["openid", "email", "profile"],
    claimMapping: { username: "preferred_username", groups: "groups" },
  };
}

export function verify(file: string): { status: number | null; output: string; errors: string } {
  const { status, stdout, stderr } = spawnSync(BINARY, ["verify", file], { encoding: "utf8" });
  return { status, output: stdout, errors: stderr };
}

export interface Running {
  url: string;
  process: ChildProcess;
  /** All that it printed; the log, unless the config sends that elsewhere. */
  output(): string;
  /** Exit code, null where a signal ended it. */
  ended: Promise<number | null>;
  stop(): Promise<void>;
}

const running = new Set<ChildProcess>();
afterAll(() => running.forEach((each) => each.kill("SIGKILL")));

export function launch(configFile: string, environment: Record<string, string> = {}): Running {
  const child = spawn(BINARY, ["serve", configFile], {
    stdio: ["ignore", "pipe", "pipe"],
    env: { ...process.env, ...environment },
  });
  running.add(child);
  const chunks: Buffer[] = [];
  child.stdout.on("data", (chunk: Buffer) => chunks.push(chunk));
  child.stderr.on("data", (chunk: Buffer) => chunks.push(chunk));
  const ended = once(child, "close").then(([code]) => code as number | null);
  void ended.then(() => running.delete(child));
  const { address, port } = (JSON.parse(readFileSync(configFile, "utf8")) as Config).http;
  return {
    url: `http://${address}:${port}`,
    process: child,
    output: () => Buffer.concat(chunks).toString(),
    ended,
    stop: async () => {
      child.kill("SIGTERM");
      await ended;
    },
  };
}

/** Starts it with this config and waits until it answers. */
export async function startZot(
  folder: string,
  config: Config,
  environment: Record<string, string> = {},
): Promise<Running> {
  const file = join(folder, "config.json");
  writeFileSync(file, JSON.stringify(config, null, 2));
  const zot = launch(file, environment);
  await until(async () => {
    if (zot.process.exitCode !== null) throw new Error(`zot ended at its start: ${zot.output()}`);
    return answers(`${zot.url}/v2/`);
  });
  return zot;
}

export async function answers(url: string): Promise<boolean> {
  return fetch(url).then(
    () => true,
    () => false,
  );
}

/** Asks again and again until it is so; the deadline ends a hang, and judges no speed. */
export async function until(isSo: () => boolean | Promise<boolean>): Promise<void> {
  const giveUp = Date.now() + 300_000;
  while (!(await isSo())) {
    if (Date.now() > giveUp) throw new Error("it did not become so within 300 s");
    await sleep(25);
  }
}

export function logLines(text: string): Record<string, unknown>[] {
  return text
    .split("\n")
    .filter((line) => line.startsWith("{"))
    .map((line) => JSON.parse(line) as Record<string, unknown>);
}

/** What `log.output` holds so far. */
export function readLog(file: string): string {
  return existsSync(file) ? readFileSync(file, "utf8") : "";
}
