import { execFileSync, type ChildProcess, spawn } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { renderFiles } from "../../host/files";
import type { HostLayout } from "../../host/types";
import { killAll, processesOf } from "../../rehearsal/host/processes";
import { until } from "../../rehearsal/host/until";
import { type Issuer, startIssuer } from "./support/issuer";
import { desiredFor } from "./support/world";
import { type ZotBinary, zotBinary } from "./support/zot-binary";

jest.setTimeout(60_000);

let root: string;
let issuer: Issuer;
let zot: ZotBinary;
let url: string;
let launched: ChildProcess[];
let log: string;

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  await new Promise<void>((resolve) => server.close(() => resolve()));
  return typeof address === "object" && address ? address.port : 0;
}

/** A set as apply.sh leaves it, and nothing else of a host. */
function install(issuerUrl = issuer.url): void {
  const configFolder = join(root, "config");
  const set = join(configFolder, "zot-access/current");
  const layout: HostLayout = {
    configFolder,
    dataFolder: join(root, "data"),
    zotBinary: zot.path,
    loopbackUrl: url,
    service: { manager: "command", manage: false, launcher: true, restart: "true" },
    limits: { bootSeconds: 2, pollSeconds: 1, drainSeconds: 5 },
  };
  const files = renderFiles(layout, desiredFor({ layout, registryUrl: url }, issuerUrl));
  mkdirSync(set, { recursive: true });
  writeFileSync(join(set, "live.json"), files.config);
  writeFileSync(join(set, "fallback.json"), files.fallback);
  writeFileSync(join(configFolder, "oidc-credentials.json"), files.credentials);
  writeFileSync(join(set, "launcher.sh"), files.launcher);
  writeFileSync(join(set, "launcher.env"), files.launcherEnv);
}

/** Runs the launcher as a supervisor would. */
function launch(shell: string[] = ["/bin/sh"]): ChildProcess {
  const [command = "", ...args] = shell;
  const child = spawn(command, [...args, join(root, "config/zot-access/current/launcher.sh")], {
    env: { ...process.env, HOME: root },
    stdio: ["ignore", "pipe", "pipe"],
  });
  child.stdout.on("data", (chunk: Buffer) => (log += chunk.toString()));
  child.stderr.on("data", (chunk: Buffer) => (log += chunk.toString()));
  launched.push(child);
  return child;
}

const status = async (path: string): Promise<number> => {
  const answer = await fetch(url + path, { redirect: "manual" }).catch(() => undefined);
  return answer?.status ?? 0;
};
const login = (): Promise<number> => status("/zot/auth/login?provider=oidc&callback_ui=/v2/");
const serves = () => until("the registry serves", async () => (await status("/v2/")) === 200, 20);
const logsIn = () => until("logins work", async () => (await login()) === 302, 20);
const ended = (child: ChildProcess) =>
  until("the launcher ends", () => child.exitCode !== null || child.signalCode !== null, 20);
const zots = (): number[] =>
  processesOf(root).filter((pid) => {
    try {
      return readFileSync(`/proc/${pid}/cmdline`, "utf8").includes("\0serve\0");
    } catch {
      return false;
    }
  });

beforeEach(async () => {
  root = mkdtempSync(join(tmpdir(), "zot-access-launcher-"));
  issuer = await startIssuer();
  zot = zotBinary(join(root, "bin"));
  url = `http://127.0.0.1:${await freePort()}`;
  launched = [];
  log = "";
  install();
});
afterEach(async () => {
  for (const child of launched) child.kill("SIGTERM");
  await Promise.all(launched.map(ended)).catch(() => undefined);
  killAll(processesOf(root));
  await issuer.stop();
  rmSync(root, { recursive: true, force: true });
});

test("the issuer answers: the full config, and one zot", async () => {
  launch();
  await logsIn();
  expect(log).not.toContain("WARNING");
  expect(zots()).toHaveLength(1);
});

test("the issuer is away at boot: pulls work, it is loud about the logins, and they come back by themselves", async () => {
  await issuer.setUp(false);
  launch();
  await serves();
  expect(await login()).toBe(404);
  expect(log).toMatch(/WARNING: .* does not answer .* WITHOUT logins/);
  await issuer.setUp(true);
  await logsIn();
  expect(log).toContain("answers again");
  expect(zots()).toHaveLength(1);
});

test.each(["rubbish", "other", "error", "slow"] as const)(
  "an issuer that answers %s is none",
  async (mood) => {
    issuer.mood = mood;
    launch();
    await serves();
    expect(await login()).toBe(404);
    issuer.mood = "well";
    await logsIn();
  },
);

test("an issuer over a certificate that nobody trusts is none", async () => {
  const name = join(root, "tls");
  execFileSync(
    "openssl",
    [
      "req",
      "-x509",
      "-newkey",
      "rsa:2048",
      "-nodes",
      "-subj",
      "/CN=nobody",
      "-days",
      "2",
      "-keyout",
      `${name}.key`,
      "-out",
      `${name}.crt`,
    ],
    { stdio: "ignore" },
  );
  const secure = await startIssuer({
    key: readFileSync(`${name}.key`, "utf8"),
    cert: readFileSync(`${name}.crt`, "utf8"),
  });
  try {
    install(secure.url);
    launch();
    await serves();
    expect(await login()).toBe(404);
    expect(log).toMatch(/WARNING: .*(certificate|SSL)/i);
  } finally {
    await secure.stop();
  }
});

test("an issuer that curl takes and zot does not: the fallback serves instead of a service that dies and dies", async () => {
  zot.fault("dies-with-login");
  launch();
  await serves();
  expect(log).toContain("ended with status 2 right after its start");
  expect(await login()).toBe(404);
  zot.fault("none");
  await logsIn();
});

test("SIGTERM goes to zot, which ends first; the launcher tells its status", async () => {
  const launcher = launch();
  await logsIn();
  launcher.kill("SIGTERM");
  await ended(launcher);
  expect(launcher.exitCode).toBe(0);
  expect(zots()).toEqual([]);
});

test("SIGTERM while it waits for the issuer starts nothing", async () => {
  issuer.mood = "slow";
  const launcher = launch();
  await until("it asks", () => issuer.asked > 0);
  launcher.kill("SIGTERM");
  await ended(launcher);
  expect(zots()).toEqual([]);
});

test("a zot that dies later ends the launcher, so that the supervisor starts both again", async () => {
  const launcher = launch();
  await logsIn();
  killAll(zots());
  await until(
    "the launcher ends or serves again",
    async () => launcher.exitCode !== null || (await status("/v2/")) === 200,
  );
  expect(zots().length).toBeLessThanOrEqual(1);
});

test("a launcher that was killed leaves a zot behind, which the next one ends before it starts its own", async () => {
  const killed = launch();
  await logsIn();
  const [orphan] = zots();
  killed.kill("SIGKILL");
  await until("the launcher is gone", () => killed.signalCode !== null);
  expect(zots()).toEqual([orphan]);
  launch();
  await until("another zot runs", () => zots().length === 1 && zots()[0] !== orphan, 20);
  await logsIn();
  expect(log).toContain(`ending a zot (pid ${String(orphan)})`);
});

test("a second launcher leaves the first one alone", async () => {
  launch();
  await logsIn();
  const [first] = zots();
  const second = launch();
  await ended(second);
  expect(second.exitCode).toBe(1);
  expect(log).toContain("another launcher");
  expect(zots()).toEqual([first]);
});

test.each([[["bash", "--posix"]], [["busybox", "sh"]]])("runs under %j, too", async (shell) => {
  if (!["/bin", "/usr/bin"].some((folder) => existsSync(join(folder, shell[0] ?? "")))) return;
  await issuer.setUp(false);
  const launcher = launch(shell);
  await serves();
  await issuer.setUp(true);
  await logsIn();
  launcher.kill("SIGTERM");
  await ended(launcher);
  expect(zots()).toEqual([]);
});
