import { execFile, spawnSync } from "node:child_process";
import { chmodSync, copyFileSync, mkdirSync, mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { promisify } from "node:util";
import type { Container, DesiredHost, Limits, Service } from "../../../../systems/host/types";
import {
  emptyImage,
  importWords,
  installRuntime,
  machineParts,
  noContainers,
} from "../../../../rehearsal/host/runtime";
import { type ManagedHost, startManagedHost } from "./managed-host";
import { startDockerd } from "./dockerd";
import { LIMITS, type Wanted } from "./world";

const execute = promisify(execFile);

/** A start takes a real runtime longer, and a busy machine much longer. */
const PATIENT: Limits = {
  ...LIMITS,
  issuerSeconds: 20,
  reloadSeconds: 12,
  bootSeconds: 8,
};

/** Where the images are, as zot sees them. */
export const IMAGES = "/var/lib/registry";
const IMAGE = "localhost/zot:1";

/** Which runtime a test takes: the stand-in of both, or one of them itself. */
export type Kind = "stand-in" | "podman" | "docker";

const runs = (command: string, ...words: string[]) => spawnSync(command, words).status === 0;

/** Why this machine runs no such containers; undefined where it does. */
export function noRuntime(kind: Kind): string | undefined {
  if (kind === "stand-in") return noContainers();
  if (kind === "docker" && process.getuid?.() !== 0) return "only root starts Docker's daemon here";
  const programs = kind === "podman" ? ["podman", "runc"] : ["dockerd", "docker", "containerd", "runc"];
  const missing = programs.find((name) => !runs(name, "--version"));
  if (missing !== undefined) return `there is no ${missing}`;
  // Rootless, it needs numbers of its own (subuid) and newuidmap.
  if (kind === "podman" && process.getuid?.() !== 0 && !runs("podman", "unshare", "true"))
    return "this user starts no containers (podman unshare)";
  return undefined;
}

export interface Contained {
  host: ManagedHost;
  container: Container;
  runtime: (...words: string[]) => Promise<string>;
  /** A new image under the name of the old one, as a registry's tag moves; what runs keeps the old one. */
  newImage: (entrypoint?: string) => Promise<void>;
  wanted: (wanted?: Wanted) => DesiredHost;
}

/** Podman itself under both names, with what it needs on a machine without systemd; or Docker's client. */
function reallyThat(kind: "podman" | "docker", fakes: string, program: string): void {
  for (const name of kind === "podman" ? ["podman", "docker"] : ["docker"]) {
    copyFileSync(join(__dirname, `${kind}.sh`), join(fakes, name));
    chmodSync(join(fakes, name), 0o755);
  }
  writeFileSync(join(fakes, "of-machine"), `${machineParts(program).join("\n")}\n`);
}

/** Both folders of a host, as mounts. */
export const foldersOf = ({ configFolder, dataFolder }: ManagedHost["layout"]) => [
  `${dataFolder}:${IMAGES}`,
  `${configFolder}:/etc/zot`,
];

/** Gives a host the runtime, an image of its zot, and a layout whose zot runs in a container of it. */
export async function contain(
  host: Pick<ManagedHost, "fakes" | "layout" | "root" | "zot">,
  kind: Kind,
  runtime: Container["runtime"],
): Promise<Omit<Contained, "host" | "wanted">> {
  // Not synchronous: the issuer of every test in this process has to answer meanwhile.
  const run = async (...words: string[]) => (await execute(join(host.fakes, runtime), words)).stdout.trim();
  const newImage = async (entrypoint = host.zot.path) => {
    await run(...importWords(emptyImage(join(host.root, "image")), entrypoint, IMAGE));
  };
  if (kind === "stand-in") installRuntime(host.fakes, host.zot.path);
  else reallyThat(kind, host.fakes, host.zot.path);
  await newImage();
  mkdirSync(host.layout.dataFolder, { recursive: true });
  mkdirSync(host.layout.configFolder, { recursive: true });
  const container: Container = {
    runtime,
    image: IMAGE,
    name: "zot",
    mounts: foldersOf(host.layout),
    network: "host",
    publish: [],
    options: [],
  };
  Object.assign(host.layout, {
    zotBinary: "",
    container,
    limits: kind === "stand-in" ? LIMITS : PATIENT,
  });
  return { container, runtime: run, newImage };
}

/** A host whose zot runs in a container. */
export async function withContainer(
  kind: Kind,
  service: Service,
  runtime: Container["runtime"],
  body: (contained: Contained) => Promise<void>,
): Promise<void> {
  // Podman takes no folder with a name of more than 50 characters.
  const host = await startManagedHost(service, { root: mkdtempSync("/tmp/za-pod-") });
  let endDaemon = () => Promise.resolve();
  try {
    if (kind === "docker") {
      const daemon = join(host.fakes, "of-docker");
      endDaemon = await startDockerd(daemon, async () =>
        execute("docker", ["-H", `unix://${join(daemon, "socket")}`, "version"]).then(
          () => true,
          () => false,
        ),
      );
    }
    const it = await contain(host, kind, runtime);
    const wanted = (more?: Wanted) => host.desired({ dataFolder: IMAGES, ...more });
    await body({ host, ...it, wanted });
  } finally {
    await execute(join(host.fakes, runtime), ["rm", "-fa", "-t", "0"]).catch(() => undefined);
    await endDaemon();
    // Rootless, what it unpacked is not this user's to remove.
    if (kind === "podman" && process.getuid?.() !== 0)
      await execute(join(host.fakes, runtime), ["unshare", "rm", "-rf", join(host.fakes, "of-podman")]);
    await host.stop();
  }
}

export const BUS = `export XDG_RUNTIME_DIR=/run/user/${process.getuid?.() ?? 0}; systemctl --user`;

const SERVES = "/etc/zot/config.json";

/** What somebody's container serves before the first deploy; returns that config, and the words of `run` of such a container. */
export function openFiles(
  { host, container }: Pick<Contained, "host" | "container">,
  mounts: string[],
): { open: string; words: string[] } {
  const { configFolder } = host.layout;
  container.mounts = mounts;
  host.writeOpenConfig();
  const open = readFileSync(host.config, "utf8").replace(host.layout.dataFolder, IMAGES);
  writeFileSync(host.config, open);
  // A file that is mounted has to be there.
  if (mounts.some((mount) => mount.includes("oidc")))
    writeFileSync(join(configFolder, "oidc-credentials.json"), "{}\n");
  const volumes = mounts.flatMap((mount) => ["-v", mount]);
  return {
    open,
    words: ["--name", "zot", "--network", "host", ...volumes, container.image, "serve", SERVES],
  };
}

/** A compose file with the container that the settings name, and docker-compose for it; also on the host's PATH. */
export function composeCommand({ container, host }: Pick<Contained, "container" | "host">) {
  const file = join(host.root, "compose.yaml");
  const parts = machineParts(host.zot.path).map((part) => `${part}:${part}:ro`);
  const zot = {
    ...{ image: container.image, container_name: "zot", network_mode: "host", restart: "unless-stopped" },
    ...{ command: ["serve", SERVES], volumes: [...parts, ...container.mounts] },
  };
  writeFileSync(file, JSON.stringify({ version: "2.4", services: { zot } }));
  const command = join(host.fakes, "docker-compose");
  const daemon = `unix://${join(host.fakes, "of-docker/socket")}`;
  writeFileSync(command, `#!/bin/sh\nDOCKER_HOST=${daemon} exec /usr/bin/docker-compose "$@"\n`, {
    mode: 0o755,
  });
  const compose = (...words: string[]) => execute(command, ["-f", file, "-p", "registry", ...words]);
  return Object.assign(compose, { file });
}

/** A unit, as quadlet makes it of a container file, or with Docker's client, that runs zot with a config of its own. */
export async function withUnit(
  it: Pick<Contained, "host" | "container">,
  mounts: string[],
  options: readonly string[] = [],
): Promise<string> {
  const { host } = it;
  const { open, words } = openFiles(it, mounts);
  mkdirSync(dirname(host.definition), { recursive: true });
  const { runtime } = it.container;
  writeFileSync(
    host.definition,
    `[Service]\nEnvironment=PODMAN_SYSTEMD_UNIT=%n\nExecStart=${join(host.fakes, runtime)} run --rm ${runtime === "podman" ? "--replace " : ""}${[...options, ...words].join(" ")}\n`,
  );
  await host.shell(`${BUS} daemon-reload; ${BUS} restart zot.service`);
  await host.serves();
  return open;
}

/** A unit of somebody's that runs `zot serve` itself: in a container if the host's zot runs in one. */
export async function someUnit(host: ManagedHost): Promise<void> {
  const { container } = host.layout;
  if (container) {
    await withUnit({ host, container }, foldersOf(host.layout));
    return;
  }
  host.writeOpenConfig();
  mkdirSync(dirname(host.definition), { recursive: true });
  writeFileSync(host.definition, `[Service]\nExecStart=${host.zot.path} serve ${host.config}\n`);
  await host.shell(`${BUS} daemon-reload; ${BUS} restart zot.service`);
  await host.serves();
}
