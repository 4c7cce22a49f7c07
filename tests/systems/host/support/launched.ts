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
import { desiredFor } from "./world";
import { type ZotBinary, zotBinary } from "./zot-binary";
import { freePort } from "../../../../rehearsal/host/free-port";

/** A set as apply.sh leaves it, its issuer, and launchers of it; nothing else of a host. */
export interface Launched {
  root: string;
  issuer: Issuer;
  zot: ZotBinary;
  /** Writes the set again, for another issuer. */
  install: (issuerUrl: string, base?: Tree) => void;
  /** Runs the launcher as a supervisor would. */
  launch: (shell?: string[]) => ChildProcess;
  /** What the launchers and their zots wrote. */
  log: () => string;
  status: (path: string) => Promise<number>;
  login: () => Promise<number>;
  serves: () => Promise<void>;
  logsIn: () => Promise<void>;
  /** Pids of the zots that run. */
  zots: () => number[];
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
        install(root, zot.path, url, issuerUrl, base);
      },
      launch([command = "", ...args] = ["/bin/sh"]) {
        const child = spawn(command, [...args, join(root, "config/zot-access/current/launcher.sh")], {
          env: { ...process.env, HOME: root },
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

function install(root: string, zot: string, url: string, issuer: string, base?: Tree): void {
  const configFolder = join(root, "config");
  const set = join(configFolder, "zot-access/current");
  const layout: RehearsalHost["layout"] = {
    dataFolder: join(root, "data"),
    configFolder,
    zotBinary: zot,
    loopbackUrl: url,
    service: { manager: "command", manage: false, launcher: true, restart: "true" },
    limits: { bootSeconds: 2, pollSeconds: 1, drainSeconds: 5 },
  };
  const files = renderFiles(layout, desiredFor({ layout, registryUrl: url }, issuer, base && { base }));
  mkdirSync(set, { recursive: true });
  writeFileSync(join(set, "live.json"), files.config);
  writeFileSync(join(set, "fallback.json"), files.fallback);
  writeFileSync(join(configFolder, "oidc-credentials.json"), files.credentials);
  writeFileSync(join(set, "launcher.sh"), files.launcher);
  writeFileSync(join(set, "launcher.env"), files.launcherEnv);
}

function serving(pid: number): boolean {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, "utf8").includes("\0serve\0");
  } catch {
    return false; // it has ended
  }
}
