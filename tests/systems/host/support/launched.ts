import { type ChildProcess, spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { renderFiles } from "../../../../systems/host/files";
import type { RehearsalHost } from "../../../../rehearsal/host";
import type { Tree } from "../../../../systems/zot/config/read";
import { killAll, processesOf } from "../../../../rehearsal/host/processes";
import { until } from "../../../../rehearsal/host/until";
import { type Issuer, startIssuer } from "./issuer";
import { contain } from "./contained";
import { CONTAINED, desiredFor } from "./world";
import { type ZotBinary, zotBinary } from "./zot-binary";
import { freePort } from "../../../../rehearsal/host/free-port";

/** A set as apply.sh leaves it, its issuer, and launchers of it; nothing else of a host. */
export interface Launched {
  root: string;
  issuer: Issuer;
  zot: ZotBinary;
  /** Writes the set again, for another issuer. */
  install: (issuerUrl: string, base?: Tree) => void;
  /** Runs the launcher as a supervisor would; `path` stands before its PATH. */
  launch: (shell?: string[], path?: string) => ChildProcess;
  /** What the launchers and their zots wrote. */
  log: () => string;
  status: (path: string) => Promise<number>;
  login: () => Promise<number>;
  serves: () => Promise<void>;
  logsIn: () => Promise<void>;
  /** Pids of the zots that run; of those in containers that of zot itself, not of the runtime's client. */
  zots: () => number[];
  /** Pid of what the launcher has started: zot, or the runtime's client. */
  started: () => number;
}

export const ended = (child: ChildProcess): Promise<void> =>
  until("the launcher ends", () => child.exitCode !== null || child.signalCode !== null);

/** A body of a test with a set of its own, so that tests can wait side by side. */
export function withLaunched(body: (launched: Launched) => Promise<void>): () => Promise<void> {
  return async () => {
    const root = mkdtempSync(join(tmpdir(), "zot-access-launcher-"));
    const issuer = await startIssuer();
    const zot = zotBinary(join(root, "bin"));
    const url = `http://127.0.0.1:${await freePort()}`;
    const layout = layoutOf(root, zot.path, url);
    const fakes = join(root, "fakes");
    mkdirSync(fakes);
    if (CONTAINED) await contain({ root, fakes, layout, zot }, "stand-in", "podman");
    layout.limits = LIMITS;
    const children: ChildProcess[] = [];
    let log = "";
    const status = async (path: string): Promise<number> =>
      (await fetch(url + path, { redirect: "manual" }).catch(() => undefined))?.status ?? 0;
    const login = () => status("/zot/auth/login?provider=oidc&callback_ui=/v2/");
    const launched: Launched = {
      root,
      issuer,
      zot,
      install: (issuerUrl, base) => {
        install(layout, issuerUrl, base);
      },
      launch([command = "", ...args] = ["/bin/sh"], path) {
        const paths = [path, fakes, process.env["PATH"]].filter((each) => each !== undefined);
        const child = spawn(command, [...args, join(layout.configFolder, "zot-access/current/launcher.sh")], {
          env: { ...process.env, HOME: root, PATH: paths.join(":") },
          stdio: ["ignore", "pipe", "pipe"],
        });
        for (const stream of [child.stdout, child.stderr]) {
          stream.on("data", (chunk: Buffer) => (log += chunk.toString()));
        }
        children.push(child);
        return child;
      },
      log: () => log,
      status,
      login,
      serves: () => until("the registry serves", async () => (await status("/v2/")) === 200),
      logsIn: () => until("logins work", async () => (await login()) === 302),
      zots: () => processesOf(root).filter(serving),
      started: () =>
        Number(readFileSync(join(layout.configFolder, "zot-access/run/zot.pid"), "utf8").split(" ")[0]),
    };
    launched.install(issuer.url);
    try {
      await body(launched);
    } finally {
      for (const child of children) child.kill("SIGTERM");
      await Promise.all(children.map(ended)).catch(() => undefined);
      killAll(processesOf(root));
      await issuer.stop();
      rmSync(root, { recursive: true, force: true });
    }
  };
}

type Layout = RehearsalHost["layout"];

const LIMITS = { bootSeconds: 2, pollSeconds: 1, drainSeconds: 5 };

const layoutOf = (root: string, zotBinary: string, loopbackUrl: string): Layout => ({
  dataFolder: join(root, "data"),
  configFolder: join(root, "config"),
  zotBinary,
  loopbackUrl,
  service: { manager: "command", manage: false, launcher: true, restart: "true" },
});

function install(layout: Layout, issuer: string, base?: Tree): void {
  const { configFolder } = layout;
  const set = join(configFolder, "zot-access/current");
  const files = renderFiles(
    layout,
    desiredFor({ layout, registryUrl: layout.loopbackUrl }, issuer, base && { base }),
  );
  mkdirSync(set, { recursive: true });
  writeFileSync(join(set, "live.json"), files.config);
  writeFileSync(join(set, "fallback.json"), files.fallback);
  writeFileSync(join(configFolder, "oidc-credentials.json"), files.credentials);
  writeFileSync(join(set, "launcher.sh"), files.launcher);
  writeFileSync(join(set, "launcher.env"), files.launcherEnv);
}

function serving(pid: number): boolean {
  try {
    if (!readFileSync(`/proc/${pid}/cmdline`, "utf8").includes("\0serve\0")) return false;
    // A process in a namespace of its own has a second number there.
    return !CONTAINED || /^NSpid:\s+\d+\s+\d/m.test(readFileSync(`/proc/${pid}/status`, "utf8"));
  } catch {
    return false; // it has ended
  }
}
