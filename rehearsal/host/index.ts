import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { copyFileSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { shellQuote } from "../../systems/host/shell";
import type { Container, HostLayout, Limits, SshTarget } from "../../systems/host/types";
import { killAll, processesOf } from "./processes";
import { emptyImage, importWords, installRuntime, noContainers } from "./runtime";
import { type Owner, ownerOf } from "./owner";
import { startSshd } from "./sshd";
import { trust } from "./trust";
import { until } from "./until";
import { freePort } from "./free-port";

export interface HostOptions {
  /** Everything of the host lives in this folder; it is made, and left to the caller. */
  root: string;
  zotBinary: string;
  /** Of sshd; any free one by default. */
  port?: number;
  /** Of zot; any free one by default. */
  registryPort?: number;
  /** Config of zot before the first deploy; by default the open one that this project replaces. `undefined` text: none. */
  initialConfig?: string;
  limits?: Partial<Limits>;
  /** Least time between two starts of zot in seconds; launchd takes 10. */
  throttleSeconds?: number;
  /** PATH of the SSH sessions, for faults. */
  path?: string;
  /** The SSH server reports success for whatever ran, as Tailscale's on macOS does. */
  alwaysExitsZero?: boolean;
  /** zot runs in a container of the stand-in of podman: see noContainers(). */
  container?: boolean;
  /** zot, or its container, runs as that user: a name, or `UID:GID`. */
  user?: string;
}

/** Where the host's folders are in zot's container. */
const INSIDE = { configFolder: "/etc/zot", dataFolder: "/var/lib/registry" };
const IMAGE = "localhost/zot:1";

export interface RehearsalHost {
  ssh: SshTarget;
  layout: HostLayout & { readonly dataFolder: string };
  /** Where zot itself finds these two: elsewhere in a container. */
  inside: { readonly configFolder: string; readonly dataFolder: string };
  /** By TLS where it was last set up to serve by TLS. */
  readonly registryUrl: string;
  /** Whether its SSH server answers. */
  setReachable(reachable: boolean): Promise<void>;
  /** What zot and the launcher wrote. */
  serviceLog(): string;
  /**
   * Sets the service up anew, as somebody by hand: it runs `zot serve FILE` with that config, and from the first deploy on the launcher
   * where that is told. No other config is left in the folder.
   *
   * @throws Error with what zot says where it ends again and again
   */
  serve(file: string, config: string, options: ServeOptions): Promise<void>;
  /** All processes of the host die at once; then the service starts as after a boot. */
  reboot(): Promise<void>;
  stop(): Promise<void>;
}

export interface ServeOptions {
  readonly launched: boolean;
  /** The certificate in PEM by which it serves; left out: without TLS. */
  readonly certificate?: string | undefined;
  /** What its container has mounted from then on, where it has one. */
  readonly mounts?: readonly string[];
}

/** Ends of zot after its start, until which it may still come up. */
const ENDS = 3;

/** The service is nobody's SSH session, also where the rehearsal itself was started in one. */
function withoutSession(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(env).filter(([name]) => !name.startsWith("SSH_")));
}

/** How often zot has ended by itself since its supervisor began. */
function readEnds(service: string): number {
  const file = join(service, "ends");
  return existsSync(file) ? readFileSync(file, "utf8").split("\n").length - 1 : 0;
}

/** What zot's documentation starts with: no accounts, no rules, everybody may push. */
export function openConfig(port: number, dataFolder: string): string {
  const config = {
    distSpecVersion: "1.1.1",
    storage: { rootDirectory: dataFolder },
    http: { address: "127.0.0.1", port: String(port) },
    log: { level: "info" },
  };
  return `${JSON.stringify(config, null, 4)}\n`;
}

function pathOf(path: string | undefined, runtime: string | undefined): { path?: string } {
  if (runtime === undefined) return path === undefined ? {} : { path };
  return { path: `${runtime}:${path ?? "/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin"}` };
}

function containerOf(configFolder: string, dataFolder: string, owner: Owner | undefined): Container {
  return {
    runtime: "podman",
    image: IMAGE,
    name: "zot",
    mounts: [`${dataFolder}:${INSIDE.dataFolder}`, `${configFolder}:${INSIDE.configFolder}`],
    network: "host",
    publish: [],
    options: owner ? [`--user=${owner.ids}`] : [],
  };
}

interface Contained {
  readonly runtime: string;
  readonly container: Container;
  /** What runs in it. */
  readonly program: string;
  readonly folder: string;
  readonly configFolder: string;
}

/** Makes the image that zot's containers are of. */
function makeImage({ container, program, runtime }: Contained): void {
  installRuntime(runtime, program);
  // The stand-in of zot is compiled before its folders are read-only.
  execFileSync(program, ["--version"], { stdio: "ignore" });
  const tar = emptyImage(join(runtime, "image"));
  execFileSync(join(runtime, "podman"), importWords(tar, program, container.image), { stdio: "ignore" });
}

/** A program that runs zot as somebody's own `podman run` would. It is told the host's path of the config. */
function containedZot({ configFolder, container, folder }: Contained): string {
  const options = container.options.map(shellQuote).join(" ");
  const volumes = container.mounts.map((mount) => `-v ${shellQuote(mount)}`).join(" ");
  const script = `#!/bin/sh
exec podman run --rm --replace --name ${container.name} --network host ${options} ${volumes} ${container.image} \
  "$1" ${INSIDE.configFolder}"\${2#${configFolder}}"
`;
  writeFileSync(join(folder, "zot"), script, { mode: 0o755 });
  return join(folder, "zot");
}

/** The registry host of the rehearsal: a real sshd and a real zot process that a plain supervisor keeps alive. */
export async function startHost(options: HostOptions): Promise<RehearsalHost> {
  const { container: contained = false, root } = options;
  const home = join(root, "home");
  const service = join(root, "service");
  const configFolder = join(home, ".config", "zot");
  const dataFolder = join(home, "zot");
  const supervisorScript = join(service, "supervisor.sh");
  for (const folder of [configFolder, service]) mkdirSync(folder, { recursive: true, mode: 0o700 });
  copyFileSync(join(__dirname, "supervisor.sh"), supervisorScript);
  const owner = options.user === undefined ? undefined : ownerOf(options.user, root);
  // Nobody else may compile the stand-in of zot.
  if (owner) execFileSync(options.zotBinary, ["--version"], { stdio: "ignore" });
  const runtime = join(root, "runtime");
  const inside = contained ? INSIDE : { configFolder, dataFolder };
  const container = contained ? containerOf(configFolder, dataFolder, owner) : undefined;
  const within = container && {
    ...{ runtime, container, program: options.zotBinary, folder: service, configFolder },
  };
  if (within) {
    const why = noContainers();
    if (why !== undefined) throw new Error(`the rehearsal's host runs no container on this machine: ${why}`);
    makeImage(within);
    mkdirSync(dataFolder, { recursive: true });
  }
  const zotBinary = within ? containedZot(within) : options.zotBinary;
  const registryPort = options.registryPort ?? (await freePort());
  let registryUrl = `http://127.0.0.1:${registryPort}`;
  if (!existsSync(join(configFolder, "config.json"))) {
    writeFileSync(
      join(configFolder, "config.json"),
      options.initialConfig ?? openConfig(registryPort, inside.dataFolder),
    );
  }
  const sshd = await startSshd({
    folder: join(root, "ssh"),
    home,
    port: options.port ?? (await freePort()),
    ...pathOf(options.path, contained ? runtime : undefined),
    ...(options.alwaysExitsZero === undefined ? {} : { alwaysExitsZero: options.alwaysExitsZero }),
  });

  let supervisor: ChildProcess;
  const serviceLog = (from = 0): string => readFileSync(join(service, "service.log"), "utf8").slice(from);
  const boot = async (): Promise<void> => {
    if (!existsSync(join(configFolder, "zot-access"))) owner?.give(home); // else a deploy has said whose is what
    const before = existsSync(join(service, "service.log")) ? serviceLog().length : 0;
    rmSync(join(service, "ends"), { force: true });
    const throttle = String(options.throttleSeconds ?? 1);
    supervisor = spawn(
      "/bin/sh",
      [
        supervisorScript,
        "run",
        service,
        configFolder,
        zotBinary,
        throttle,
        contained ? "" : (owner?.ids ?? ""),
      ],
      {
        detached: true,
        stdio: "ignore",
        env: {
          ...withoutSession(process.env),
          HOME: home,
          ...(contained && { PATH: `${runtime}:${process.env["PATH"] ?? ""}` }),
        },
      },
    );
    await until("the registry answers after its boot", async () => {
      if (readEnds(service) >= ENDS)
        throw new Error(
          `zot ends again and again on the rehearsal's host:\n${serviceLog(before).slice(-2000)}`,
        );
      try {
        return [200, 401].includes((await fetch(`${registryUrl}/v2/`)).status);
      } catch {
        return false;
      }
    });
  };
  let distrust = (): void => undefined;
  const halt = (): Promise<void> =>
    until("the host's processes end", () => {
      const left = processesOf(home);
      killAll(left);
      return left.length === 0;
    });
  try {
    await boot();
  } catch (error) {
    await halt();
    await sshd.stop();
    throw error;
  }
  return {
    ssh: sshd.target,
    get registryUrl() {
      return registryUrl;
    },
    inside,
    layout: {
      configFolder,
      dataFolder,
      zotBinary: contained ? "" : zotBinary,
      ...(container && { container }),
      loopbackUrl: registryUrl,
      service: {
        manager: "command",
        manage: false,
        launcher: true,
        restart: `/bin/sh ${shellQuote(supervisorScript)} restart ${shellQuote(service)}`,
      },
      ...(options.limits === undefined ? {} : { limits: options.limits }),
    },
    setReachable: (reachable) => sshd.setUp(reachable),
    serviceLog,
    async serve(file, config, { certificate, launched, mounts }) {
      await halt();
      if (within && mounts) {
        within.container.mounts = [...mounts];
        containedZot(within);
      }
      distrust();
      distrust = certificate === undefined ? () => undefined : trust(certificate);
      registryUrl = `${certificate === undefined ? "http" : "https"}://127.0.0.1:${registryPort}`;
      for (const name of ["config.json", "config.yaml", "config.yml"])
        rmSync(join(configFolder, name), { force: true });
      writeFileSync(file, config);
      writeFileSync(join(service, "served"), file);
      if (launched) rmSync(join(service, "plain"), { force: true });
      else writeFileSync(join(service, "plain"), "");
      await boot();
    },
    async reboot() {
      await halt();
      await boot();
    },
    async stop() {
      distrust();
      if (supervisor.pid !== undefined && supervisor.exitCode === null) supervisor.kill("SIGTERM");
      await until(
        "the service ends",
        () => supervisor.exitCode !== null || supervisor.signalCode !== null,
      ).catch(
        () => undefined, // halt() below ends what did not end by itself
      );
      await halt();
      await sshd.stop();
    },
  };
}
