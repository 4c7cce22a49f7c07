import {
  chownSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { dirname, join } from "node:path";
import { renderFiles } from "../../../systems/host/files";
import { asSettings, readInstallation } from "../../../systems/host/installation";
import { probeHost } from "../../../systems/host/probe";
import type { Container, Service } from "../../../systems/host/types";
import { refuseUnusable } from "../../../systems/host/unusable";
import { until } from "../../../rehearsal/host/until";
import { NEVER_UP } from "./support/world";
import {
  BUS,
  composeCommand,
  type Contained,
  IMAGES,
  type Kind,
  noRuntime,
  openFiles,
  withContainer,
  withUnit,
} from "./support/contained";

/*
 * zot in a container, under a unit of this program's or of somebody else's: of the stand-in of the runtimes, or, with
 * CONTAINER_RUNTIME=podman or docker, of one of them, to which some of the rows are put wherever it is.
 */

const chosen = process.env["CONTAINER_RUNTIME"];
const all: Kind = chosen === "podman" || chosen === "docker" ? chosen : "stand-in";
const contained = noRuntime(all) === undefined ? test.concurrent : test.skip;
const wherever = (kind: "podman" | "docker") =>
  all === "stand-in" && noRuntime(kind) === undefined ? test : test.skip;
const really = wherever("podman");
const reallyDocker = wherever("docker");

const ours: Service = { manager: "systemd", unit: "zot.service", scope: "user", manage: true };
const theirs: Service = { ...ours, manage: false };

const on =
  (
    service: Service,
    body: (it: Contained) => Promise<void>,
    runtime: "podman" | "docker" = all === "docker" ? "docker" : "podman",
    kind = all,
  ) =>
  () =>
    withContainer(kind, service, runtime, body);

const login = (host: Contained["host"]) => host.status("/zot/auth/login?provider=oidc&callback_ui=/v2/");

const launched = async ({ host, container, runtime, newImage, wanted }: Contained) => {
  expect((await host.deploy(wanted())).outcome).toBe("restarted");
  expect(await host.push()).toBe(401);
  expect(await runtime("ps", "--format", "{{.Names}}")).toBe("zot");
  expect(await host.compare(wanted())).toMatchObject({ inSync: true });
  // By this podman auto-update finds which unit it has to restart.
  if (container.runtime === "podman")
    expect(
      await runtime("inspect", "--format", '{{index .Config.Labels "PODMAN_SYSTEMD_UNIT"}}', "zot"),
    ).toBe("zot.service");
  expect((await host.deploy(wanted({ writers: ["others"] }))).outcome).toBe("reloaded");
  expect((await host.deploy(wanted({ writers: ["others"], secret: "another" }))).outcome).toBe("restarted");

  // What podman auto-update does: the tag's new image, and the unit again.
  const before = await runtime("inspect", "--format", "{{.Image}}", "zot");
  await host.issuer.setUp(false);
  await newImage();
  await host.shell(`${BUS} restart zot.service`);
  await until("pulls work without the issuer", async () => (await host.status("/v2/")) === 200);
  expect(await runtime("inspect", "--format", "{{.Image}}", "zot")).not.toBe(before);
  expect(await login(host)).toBe(404);
  expect((await probeHost(host.ssh, host.layout)).mode).toBe("fallback");
  await host.issuer.setUp(true);
  await until("logins are back", async () => (await login(host)) === 302);
  expect(await host.compare(wanted({ writers: ["others"], secret: "another" }))).toMatchObject({
    inSync: true,
  });

  expect((await host.restore()).outcome).toBe("restarted");
  expect(readdirSync(host.layout.configFolder)).toEqual([]);
  // A runtime removes a container after its client has ended.
  await until(
    "the container is gone",
    async () => (await runtime("ps", "-a", "--format", "{{.Names}}")) === "",
  );
};
const LAUNCHED =
  "the launcher beside it: set up, reloaded, through a boot without Authentik and an update of its image, and taken away";
contained(LAUNCHED, on(ours, launched));
really(`a real Podman › ${LAUNCHED}`, on(ours, launched, "podman", "podman"));
reallyDocker(`a real Docker › ${LAUNCHED}`, on(ours, launched, "docker", "docker"));

contained(
  "the next launcher ends the container of a killed one before it starts its own",
  on(ours, async ({ host, runtime, wanted }) => {
    await host.deploy(wanted());
    const first = await runtime("inspect", "--format", "{{.Id}}", "zot");
    const launcher = Number(
      readFileSync(join(host.layout.configFolder, "zot-access/run/launcher.pid"), "utf8").split(" ")[0],
    );
    const client = Number(
      readFileSync(join(host.layout.configFolder, "zot-access/run/zot.pid"), "utf8").split(" ")[0],
    );
    process.kill(launcher, "SIGKILL");
    process.kill(client, "SIGKILL");
    await until("another container serves", async () => {
      try {
        return (
          (await runtime("inspect", "--format", "{{.Id}}", "zot")) !== first &&
          (await host.status("/v2/")) === 200
        );
      } catch {
        return false; // between the two
      }
    });
    expect(await host.push()).toBe(401);
  }),
);

contained(
  "an image with an entrypoint of its own: deployed where that starts zot, and refused before anything is touched where it does not",
  on(ours, async ({ host, newImage, wanted }) => {
    await newImage("/bin/true");
    const state = await probeHost(host.ssh, host.layout);
    expect(() => refuseUnusable(host.ssh, host.layout, state)).toThrow(
      /`\w+ run --rm localhost\/zot:1 --version` tells .* no version of zot: .* must have zot as its entrypoint/,
    );
    await expect(host.deploy(wanted())).rejects.toThrow(
      /refused: .* of an unknown version instead of 2\.1\.20/,
    );
    const script = join(dirname(host.zot.path), "entry.sh");
    writeFileSync(script, `#!/bin/sh\nexec ${host.zot.path} "$@"\n`, { mode: 0o755 });
    await newImage(script);
    const seen = await probeHost(host.ssh, host.layout);
    expect(() => refuseUnusable(host.ssh, host.layout, seen)).not.toThrow();
    expect((await host.deploy(wanted())).outcome).toBe("restarted");
    expect(await host.push()).toBe(401);
  }),
);

/** The launcher as a unit of its own, beside a service that only reads what it is given: through a boot without Authentik. */
async function boot({ host, wanted }: Contained, restart: string): Promise<void> {
  const launcher = join(host.layout.configFolder, "zot-access/current/launcher.sh");
  mkdirSync(dirname(host.definition), { recursive: true });
  writeFileSync(
    join(dirname(host.definition), "zot-boot.service"),
    `[Service]\nExecStart=/bin/sh ${launcher} beside\n`,
  );
  await host.issuer.setUp(false);
  await host.shell(`${BUS} daemon-reload; ${BUS} restart zot-boot.service; ${restart}`);
  // The service may start it by itself as soon as its link leads elsewhere, and is restarted then.
  const opened = join(host.layout.configFolder, "zot-access/run/opened");
  await until("its launcher sees zot serve without the issuer", () =>
    readFileSync(opened, "utf8").startsWith("fallback\n"),
  );
  expect(await host.status("/v2/")).toBe(200);
  expect(await login(host)).toBe(404);
  expect(await host.push()).toBe(401);
  const others = wanted({ writers: ["others"] });
  expect((await probeHost(host.ssh, host.layout)).mode).toBe("fallback");
  expect(await host.compare(others)).toMatchObject({ inSync: true });
  // New rules reach the fallback, and stay when the logins are back.
  const many = wanted({ writers: ["more"] });
  expect((await host.deploy(many)).outcome).toBe("reloaded");
  expect(await login(host)).toBe(404);
  await host.issuer.setUp(true);
  await until("logins are back", async () => (await login(host)) === 302);
  expect(await host.compare(many)).toMatchObject({ inSync: true, warnings: [] });
}

const MOUNTS: [string, (folder: string, data: string) => string[]][] = [
  [
    "somebody's quadlet with its config's folder mounted: restarted, reloaded, booted without Authentik, and given back",
    (folder, data) => [`${data}:/var/lib/registry`, `${folder}:/etc/zot`],
  ],
  [
    "somebody's quadlet with its files mounted: restarted, reloaded, booted without Authentik, and given back",
    (folder, data) => [
      `${data}:/var/lib/registry`,
      `${folder}/config.json:/etc/zot/config.json`,
      `${folder}/oidc-credentials.json:/etc/zot/oidc-credentials.json`,
    ],
  ],
];
const quadlet = (mounts: (folder: string, data: string) => string[]) => async (it: Contained) => {
  const { host, wanted } = it;
  const open = await withUnit(it, mounts(host.layout.configFolder, host.layout.dataFolder));
  const definition = readFileSync(host.definition, "utf8");
  expect(await host.push()).toBe(202);
  // Other zots of this machine may serve as well.
  const found = await readInstallation(host.ssh, { configFile: host.config });
  expect(found).toMatchObject({
    configFile: host.config,
    zotVersion: "2.1.20",
    launched: false,
    service: { manager: "systemd", unit: "zot.service", scope: "user" },
  });
  // What a real Podman has beside them here are the folders of its image.
  expect(found.container && asSettings(found.container)).toEqual({
    ...it.container,
    mounts: expect.arrayContaining(it.container.mounts) as string[],
  });
  const written = { ...it.container, ...(found.container && asSettings(found.container)) };
  const state = await probeHost(host.ssh, host.layout);
  const refused = (change: Partial<Container>) => () =>
    refuseUnusable(host.ssh, { ...host.layout, container: { ...written, ...change } }, state);
  expect(refused({})).not.toThrow();
  expect(refused({ mounts: written.mounts.slice(1) })).toThrow(/the container zot has ".*" besides/);
  expect(refused({ options: ["--user=7"] })).toThrow(/runs as root, and by the settings as 7/);
  const others = { ...host.layout, container: { ...written, image: "localhost/other:1" } };
  const seen = await probeHost(host.ssh, others);
  expect(() => refuseUnusable(host.ssh, others, seen)).toThrow(
    /runs localhost\/zot:1, and host.container.image is localhost\/other:1/,
  );
  expect((await host.deploy(wanted())).outcome).toBe("restarted");
  expect(await host.push()).toBe(401);
  expect((await host.deploy(wanted({ writers: ["others"] }))).outcome).toBe("reloaded");
  await host.shell(`${BUS} restart zot.service`);
  await host.serves();
  expect(await host.compare(wanted({ writers: ["others"] }))).toMatchObject({ inSync: true });
  expect(readFileSync(host.definition, "utf8")).toBe(definition);
  await boot(it, `${BUS} restart zot.service`);
  await host.restore();
  expect(readFileSync(host.config, "utf8")).toBe(open);
  expect(await host.push()).toBe(202);
};
for (const [title, mounts] of MOUNTS) contained(title, on(theirs, quadlet(mounts)));
for (const [title, mounts] of MOUNTS.slice(-1))
  really(`a real Podman › ${title}`, on(theirs, quadlet(mounts), "podman", "podman"));

contained(
  "the file that a container serves is found by its command line, whatever its name and whatever lies beside it",
  on(theirs, async (it) => {
    const { host, wanted } = it;
    const { configFolder, dataFolder } = host.layout;
    await withUnit(it, [`${dataFolder}:${IMAGES}`, `${configFolder}:/etc/zot`]);
    const served = join(configFolder, "registry.yaml");
    writeFileSync(served, readFileSync(host.config));
    writeFileSync(
      host.definition,
      readFileSync(host.definition, "utf8").replace("/etc/zot/config.json", "/etc/zot/registry.yaml"),
    );
    await host.shell(`${BUS} daemon-reload; ${BUS} restart zot.service`);
    await host.serves();
    expect(await probeHost(host.ssh, host.layout)).toMatchObject({
      configFile: served,
      configFrom: "process",
    });
    expect((await host.deploy(wanted())).outcome).toBe("restarted");
    expect(await host.push()).toBe(401);
    expect(readdirSync(configFolder).sort()).toEqual([
      "config.json",
      "oidc-credentials.json",
      "registry.yaml",
      "zot-access",
    ]);
  }),
);

// A Docker of its own is asked for compose 1 below; 2 is a plug-in that it may lack, as every Podman before 4.7.
(all === "stand-in" ? contained : test.skip)(
  "compose: a container of docker's, and a command that restarts it: deployed, reloaded, booted without Authentik",
  on(
    {
      manager: "command",
      manage: false,
      launcher: false,
      restart: "docker compose -f compose.yaml restart zot",
    },
    async (it) => {
      const { host, runtime, wanted } = it;
      const { configFolder, dataFolder } = host.layout;
      const { words } = openFiles(it, [`${dataFolder}:${IMAGES}`, `${configFolder}:/etc/zot`]);
      await runtime("run", "-d", "--restart", "unless-stopped", ...words);
      await host.serves();
      expect((await host.deploy(wanted())).outcome).toBe("restarted");
      expect(await host.push()).toBe(401);
      expect((await host.deploy(wanted({ writers: ["others"] }))).outcome).toBe("reloaded");
      expect(await host.compare(wanted({ writers: ["others"] }))).toMatchObject({ inSync: true });
      await boot(it, "docker restart zot");
    },
    "docker",
  ),
);

const BY_FILE =
  "a real Docker › a container of a docker-compose 1: found, deployed, reloaded, booted without Authentik";
(existsSync("/usr/bin/docker-compose") ? reallyDocker : test.skip)(
  BY_FILE,
  on(
    { manager: "command", manage: false, launcher: false, restart: "" },
    async (it) => {
      const { host, container, wanted } = it;
      const { configFolder, dataFolder } = host.layout;
      openFiles(it, [`${dataFolder}:${IMAGES}`, `${configFolder}:/etc/zot`]);
      const compose = composeCommand(it);
      await compose("up", "-d");
      await host.serves();
      const found = await readInstallation(host.ssh, { configFile: host.config });
      expect(found.service).toEqual({
        manager: "command",
        restart: `docker-compose -f ${compose.file} -p registry restart zot`,
      });
      expect(found.container).toMatchObject({ runtime: "docker", name: "zot", image: container.image });
      host.layout.service = {
        manager: "command",
        manage: false,
        launcher: false,
        restart: "",
        ...found.service,
      };
      expect((await host.deploy(wanted())).outcome).toBe("restarted");
      expect(await host.push()).toBe(401);
      expect((await host.deploy(wanted({ writers: ["others"] }))).outcome).toBe("reloaded");
      expect(await host.compare(wanted({ writers: ["others"] }))).toMatchObject({ inSync: true });
      await boot(it, found.service?.manager === "command" ? found.service.restart : "");
    },
    "docker",
    "docker",
  ),
);

/** Of the machine, without any rights. */
const OWNER = 65534;

const asOwner = (service: Service) => async (it: Contained) => {
  const { host, wanted } = it;
  const { configFolder, dataFolder } = host.layout;
  it.container.options = [`--user=${OWNER}:${OWNER}`];
  chownSync(dataFolder, OWNER, OWNER);
  if (!service.manage)
    await withUnit(it, [`${dataFolder}:${IMAGES}`, `${configFolder}:/etc/zot`], it.container.options);
  expect((await host.deploy(wanted())).outcome).toBe("restarted");
  expect(await host.push()).toBe(401);
  // What root's launcher runs is not that user's to change.
  const state = join(configFolder, "zot-access");
  for (const name of ["", "current/", "current/launcher.sh"])
    expect(statSync(join(state, name))).toMatchObject({ uid: 0 });
  const credentials = statSync(join(state, "current/oidc-credentials.json"));
  expect([credentials.uid, credentials.mode & 0o777]).toEqual([OWNER, 0o600]);
  expect((await host.deploy(wanted({ writers: ["others"] }))).outcome).toBe("reloaded");
  expect((await host.deploy(wanted({ secret: "another" }))).outcome).toBe("restarted");
  expect((await host.deploy(wanted({ writers: ["others"] }))).outcome).toBe("restarted");
  expect(await host.compare(wanted({ writers: ["others"] }))).toMatchObject({ inSync: true });
  if (service.manage) {
    await host.issuer.setUp(false);
    await host.shell(`${BUS} restart zot.service`);
    await host.serves();
    await host.issuer.setUp(true);
    await until("logins are back", async () => (await login(host)) === 302);
  } else {
    await boot(it, `${BUS} restart zot.service`);
    await host.restore();
    expect(await host.push()).toBe(202);
  }
};
const OWNED =
  "a container with its own user, under root's SSH: it reads what is deployed, and can change none of it";
const isRoot = process.getuid?.() === 0;
const asRoot = isRoot ? contained : test.skip;
asRoot(`${OWNED} (the program's unit)`, on(ours, asOwner(ours)));
asRoot(`${OWNED} (another tool's unit)`, on(theirs, asOwner(theirs)));
really(`a real Podman › ${OWNED}`, on(theirs, asOwner(theirs), "podman", "podman"));
reallyDocker(`a real Docker › ${OWNED}`, on(theirs, asOwner(theirs), "docker", "docker"));

// In a stand-in nobody but root starts containers.
(isRoot || all !== "podman" ? test.skip : contained)(
  "rootless Podman: a user who could not read what is deployed is refused; with keep-id it is deployed to",
  on(ours, async ({ host, container, wanted }) => {
    container.options = ["--user=1000:1000"];
    await expect(host.deploy(wanted())).rejects.toThrow(
      /refused: the container runs as the user 1000:1000, who could not read .*rootless Podman leave --user out, or write --userns=keep-id/,
    );
    container.options = ["--userns=keep-id"];
    expect((await host.deploy(wanted())).outcome).toBe("restarted");
    expect(await host.push()).toBe(401);
    expect((await host.deploy(wanted({ writers: ["others"] }))).outcome).toBe("reloaded");
    expect(await host.compare(wanted({ writers: ["others"] }))).toMatchObject({ inSync: true });
  }),
);

contained(
  "a user that only its image knows by name is refused, with what to write",
  on(ours, async ({ host, container, wanted }) => {
    container.options = ["--user=registry"];
    await expect(host.deploy(wanted())).rejects.toThrow(
      /refused: the container runs as the user registry, which its image alone knows.*--user=UID:GID.*nothing was changed/,
    );
    expect(host.held(host.config)).toBeUndefined();
  }),
);

contained(
  "with a broken zot or a missing image the running one is not touched; one that dies under the unit is rolled back",
  on(ours, async ({ host, container, runtime, wanted }) => {
    await host.deploy(wanted());
    const running = await runtime("inspect", "--format", "{{.Id}}", "zot");
    const next = wanted({ secret: "another" });
    for (const [fault, message] of [
      ["refuses-to-verify", /refused: zot verify refuses the config/],
      ["dies-at-start", /refused: zot was tried .* it ended at its start/],
    ] as const) {
      host.zot.fault(fault);
      await expect(host.deploy(next)).rejects.toThrow(message);
    }
    host.zot.fault("none");
    await expect(
      host.deploy(next, { container: { ...container, image: "localhost/none:1" } }),
    ).rejects.toThrow(/refused: the image localhost\/none:1 is not on the host: run (podman|docker) pull/);
    expect(await runtime("inspect", "--format", "{{.Id}}", "zot")).toBe(running);
    expect(await runtime("ps", "-a", "--format", "{{.Names}}")).toBe("zot");
    host.zot.fault("dies-in-the-launcher", renderFiles(host.layout, next).revision);
    // Its other limits are part of what is deployed.
    const limits = { ...host.layout.limits, startSeconds: NEVER_UP.limits.startSeconds };
    await expect(host.deploy(next, { limits })).rejects.toThrow(
      /rolled-back: .* rolled back to the last known good set, which serves/,
    );
    expect(await host.push()).toBe(401);
    host.zot.fault("none");
    expect((await host.deploy(next)).outcome).toBe("restarted");
  }),
);
