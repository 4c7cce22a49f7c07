import { type FoundService, serviceOf } from "../../../systems/host/found-service";
import { asSettings, partsOf, shellToRead } from "../../../systems/host/installation";
import type { SshTarget } from "../../../systems/host/types";

/* Which zot a host runs, as whom, by what and where it logs, by what look-around.sh prints there. */
const TARGET = { host: "h", port: 22, user: "u", hostKey: "" } satisfies SshTarget;
const look = (text: string) => partsOf(TARGET, `${text}\n== end\n`);
const found = (text: string, known: Parameters<typeof serviceOf>[1] = {}): FoundService =>
  serviceOf(look(text), known);

const plist = (
  strings: string,
  more = "",
) => `== plist /Users/op/Library/LaunchAgents/mcquack.eblume.zot.plist
<?xml version="1.0" encoding="UTF-8"?>
<plist version="1.0"><dict>
  <key>Label</key>
  <string>mcquack.eblume.zot</string>
  <key>ProgramArguments</key>
  <array>${strings}</array>
${more}</dict></plist>`;
const LOGS = `  <key>StandardErrorPath</key>
  <string>/Users/op/Library/Logs/mcquack.zot.err.log</string>
  <key>StandardOutPath</key>
  <string>/Users/op/Library/Logs/mcquack.zot.out.log</string>
`;

test("a LaunchAgent tells its label, its executable and both of its logs, and its process as whom it runs", () => {
  const agent = plist(
    "<string>/Users/op/code/zot &amp; co/zot</string><string>serve</string><string>/Users/op/.config/zot/config.json</string>",
    LOGS,
  );
  const process = "  412 op /Users/op/code/zot & co/zot serve /Users/op/.config/zot/config.json";
  expect(found(`== os\nDarwin\n== processes\n${process}\n${agent}`)).toEqual({
    zotBinary: "/Users/op/code/zot & co/zot",
    configFile: "/Users/op/.config/zot/config.json",
    runsAs: "op",
    launched: false,
    service: {
      manager: "launchd",
      label: "mcquack.eblume.zot",
      logFiles: ["/Users/op/Library/Logs/mcquack.zot.out.log", "/Users/op/Library/Logs/mcquack.zot.err.log"],
    },
  });
  // While it is stopped its definition is enough.
  expect(found(`== processes\n${agent}`)).toMatchObject({
    runsAs: undefined,
    service: { manager: "launchd" },
  });
});

test.each([
  [
    "0::/user.slice/user-1000.slice/user@1000.service/app.slice/zot.service",
    { scope: "user", unit: "zot.service" },
  ],
  ["0::/system.slice/registry.service", { scope: "system", unit: "registry.service" }],
  ["12:cpu:/\n1:name=systemd:/system.slice/zot.service", { scope: "system", unit: "zot.service" }],
])("a process in %s is assigned to that unit", (cgroup, unit) => {
  const text = `== processes\n 77 zot /usr/bin/zot serve /etc/zot/config.yaml\n== cgroup 77\n${cgroup}`;
  expect(found(text)).toMatchObject({
    zotBinary: "/usr/bin/zot",
    configFile: "/etc/zot/config.yaml",
    runsAs: "zot",
    service: { manager: "systemd", ...unit },
  });
});

test.each(["cron.service", "crond.service", "ssh.service", "system-sshd.slice/sshd@1-10.0.0.1:22.service"])(
  "a zot that was started by %s is not restarted with it",
  (unit) => {
    const text = `== processes\n 77 zot /usr/bin/zot serve /etc/zot/config.yaml\n== cgroup 77\n0::/system.slice/${unit}`;
    expect(found(text)).toMatchObject({ configFile: "/etc/zot/config.yaml", service: undefined });
  },
);

test("a unit that is stopped is found by what it would start", () => {
  const unit =
    "Id=zot.service\nUser=registry\nExecStart={ path=/usr/bin/zot ; argv[]=/usr/bin/zot serve /etc/zot/config.json ; ignore_errors=no }";
  expect(found(`== processes\n== units system\nId=ssh.service\nUser=\n\n${unit}`)).toMatchObject({
    configFile: "/etc/zot/config.json",
    runsAs: "registry",
    service: { manager: "systemd", unit: "zot.service", scope: "system" },
  });
});

test("a zot of this program is recognised by its sets, and the host's own file is named", () => {
  const text =
    "== processes\n 9 op /usr/bin/zot serve /home/op/.config/zot/zot-access/sets/20261130T1-2/fallback.yaml";
  expect(found(text)).toMatchObject({ configFile: "/home/op/.config/zot/config.yaml", launched: true });
});

test("several zots are listed, and one can be named; without any, the settings can be given by hand", () => {
  const two =
    "== processes\n 1 op /usr/bin/zot serve /a/config.json\n 2 op /usr/bin/zot serve /b/config.json";
  expect(() => found(two)).toThrow(/several zots serve .*\/a\/config\.json, \/b\/config\.json.*--zot-config/);
  expect(found(two, { configFile: "/b/config.json" }).configFile).toBe("/b/config.json");
  expect(() => found("== processes\n")).toThrow(/no process of zot runs.*--zot-config.*--zot-binary/);
  expect(found("== processes\n", { configFile: "/c/config.json", zotBinary: "/opt/zot" })).toMatchObject({
    service: undefined,
    launched: false,
  });
});

const CONTAINED = "== processes\n 5 zot /usr/local/bin/zot serve /etc/zot/config.json";
test.each([
  "== cgroup 5\n0::/user.slice/user-1000.slice/user@1000.service/user.slice/libpod-4711.scope",
  "== cgroup 5\n0::/system.slice/docker-4711.scope",
  "== inside 5\n5\t1",
])(
  "a containerised zot that the session's user cannot inspect (%s) is reported, with the user to log in as",
  (how) => {
    expect(() => found(`== user\nop\n${CONTAINED}\n${how}`)).toThrow(
      /runs in a container on this host, as zot, and no runtime shows it to op: give --user/,
    );
  },
);

const IMAGE = "ghcr.io/project-zot/zot-linux-amd64:v2.1.20";
const bind = (host: string, inside: string, more: object = {}) => ({
  ...{
    Type: "bind",
    Source: host,
    Destination: inside,
    Mode: "",
    RW: true,
    Propagation: "rprivate",
    ...more,
  },
});
/** As look-around.sh asks it. */
const contained = (more: object = {}) =>
  JSON.stringify({
    ...{
      id: "4711",
      name: "zot",
      image: IMAGE,
      imageId: "abc",
      runtime: "podman",
      args: ["serve", "/etc/zot/config.json"],
    },
    mounts: [bind("/srv/zot/config", "/etc/zot"), bind("/srv/zot/images", "/var/lib/registry")],
    ...{ user: "", running: true, network: "host", networks: null, ports: {}, labels: {} },
    variables: "PATH container ",
    ...more,
  });
const MOUNTS = ["/srv/zot/config:/etc/zot", "/srv/zot/images:/var/lib/registry"];
const settingsOf = (service: FoundService) => service.container && asSettings(service.container);

test("a container of Podman's is found with what runs in it, its mounts, and the unit that restarts it", () => {
  const unit = `Id=registry.service\nUser=\nExecStart={ path=/usr/bin/podman ; argv[]=/usr/bin/podman run --name zot --replace --rm -v /a:/b ${IMAGE} ; ignore_errors=no }`;
  const label = { labels: { PODMAN_SYSTEMD_UNIT: "registry.service" } };
  for (const [json, units] of [
    [contained(label), "== units user\n\n== units system\nId=registry.service\nExecStart="],
    [contained(), `== units system\n${unit}`],
  ] as const) {
    const it = found(
      `== user\nroot\n${CONTAINED}\n== inside 5\n5\t1\n== containers podman\n${json}\n${units}`,
    );
    expect(it).toMatchObject({
      configFile: "/srv/zot/config/config.json",
      launched: false,
      service: { manager: "systemd", unit: "registry.service", scope: "system" },
    });
    expect(settingsOf(it)).toEqual({
      ...{ runtime: "podman", image: IMAGE, name: "zot", mounts: MOUNTS, network: "host" },
      ...{ publish: [], options: [] },
    });
  }
});

test.each([
  ["/usr/bin/podman start -a zot", "zot.service"],
  ["/usr/bin/docker-compose -f /srv/zot/compose.yaml start zot", "zot.service"],
  ["/usr/bin/docker run --rm --name backup --volumes-from zot alpine tar c /var/lib/registry", undefined],
  ["/usr/bin/podman run --name=metrics --network container:zot --link zot exporter", undefined],
  [
    "/usr/bin/docker run --name watch -v /run/docker.sock:/run/docker.sock docker docker start zot",
    undefined,
  ],
  ["/usr/bin/podman start zot2", undefined],
  ["/usr/local/bin/on-call start zot", undefined],
])("a unit with `%s` %#: whether it starts the container zot", (argv, unit) => {
  const units = `== units system\nId=zot.service\nExecStart={ path=x ; argv[]=${argv} ; ignore_errors=no }`;
  const it = found(`== user\nroot\n== processes\n== containers podman\n${contained()}\n${units}`);
  expect(it.service).toEqual(
    unit === undefined
      ? { manager: "command", restart: "podman restart zot" }
      : { manager: "systemd", unit, scope: "system" },
  );
});

test("a container of a compose file is found with its ports, user, network and labels for SELinux, and restarted by that file", () => {
  const labels = {
    "com.docker.compose.project": "infra",
    "com.docker.compose.project.config_files": "/srv/zot/compose.yaml,/srv/zot/more files.yaml",
    "com.docker.compose.service": "registry",
  };
  const json = contained({
    runtime: "docker",
    name: "/infra-registry-1",
    mounts: [
      bind("/srv/zot/config", "/etc/zot", { Mode: "ro,z", RW: false }),
      {
        Type: "volume",
        Name: "images",
        Source: "/var/lib/docker/volumes/images/_data",
        Destination: "/images",
        RW: true,
      },
      // A volume that the image asks for has another name in each container.
      {
        Type: "volume",
        Name: "a".repeat(64),
        Source: "/var/lib/docker/volumes/a/_data",
        Destination: "/var/lib/registry",
      },
    ],
    ...{ user: "1000:1000", network: "infra_default", networks: { infra_default: {} }, labels },
    ports: {
      "5000/tcp": [
        { HostIp: "0.0.0.0", HostPort: "5050" },
        { HostIp: "::1", HostPort: "5051" },
      ],
      "9/udp": null,
    },
  });
  const it = found(`== user\nop\n${CONTAINED}\n== cgroup 5\n0::/docker/4711\n== containers docker\n${json}`);
  expect(it.service).toEqual({
    manager: "command",
    restart:
      "docker compose -f /srv/zot/compose.yaml -f '/srv/zot/more files.yaml' -p infra restart registry",
  });
  expect(settingsOf(it)).toEqual({
    ...{ runtime: "docker", image: IMAGE, name: "infra-registry-1", network: "infra_default" },
    mounts: ["/srv/zot/config:/etc/zot:ro,z", "/var/lib/docker/volumes/images/_data:/images"],
    ...{ publish: ["5050:5000", "[::1]:5051:5000"], options: ["--user=1000:1000"] },
  });
});

test("a container of the first docker-compose, which is no plug-in, is restarted by that", () => {
  const labels = {
    "com.docker.compose.project": "infra",
    "com.docker.compose.project.config_files": "docker-compose.yml",
    "com.docker.compose.project.working_dir": "/srv/zot",
    "com.docker.compose.service": "registry",
    "com.docker.compose.version": "1.29.2",
  };
  const json = contained({ runtime: "docker", name: "/infra_registry_1", labels });
  expect(found(`== user\nop\n== processes\n== containers docker\n${json}`).service).toEqual({
    manager: "command",
    restart: "docker-compose -f /srv/zot/docker-compose.yml -p infra restart registry",
  });
});

test("a container of podman-compose, whose unit nobody made, is restarted by Podman", () => {
  const labels = {
    "com.docker.compose.project": "infra",
    "com.docker.compose.project.config_files": "compose.yaml",
    "com.docker.compose.service": "registry",
    PODMAN_SYSTEMD_UNIT: "podman-compose@infra.service",
  };
  const json = contained({ name: "infra_registry_1", labels });
  const text = `== user\nop\n== processes\n== containers podman\n${json}`;
  expect(found(text).service).toEqual({ manager: "command", restart: "podman restart infra_registry_1" });
  const unit =
    "Id=podman-compose@infra.service\nUser=\nExecStart={ path=/usr/bin/podman-compose ; argv[]=/usr/bin/podman-compose up ; ignore_errors=no }";
  expect(found(`${text}\n== units user\n${unit}`).service).toEqual({
    ...{ manager: "systemd", unit: "podman-compose@infra.service", scope: "user" },
  });
});

test("a read-only container, and one in which its user keeps the number of the host, are started so by the settings", () => {
  const told = contained({ user: "1000:1000", userns: "private", readOnly: true });
  const it = found(`== user\nop\n== processes\n== containers podman\n${told}`);
  expect(settingsOf(it)).toMatchObject({
    options: ["--userns=keep-id", "--read-only", "--user=1000:1000"],
  });
  const argv = `/usr/bin/podman run --name zot --read-only --userns keep-id --network=host -v /srv/zot/config:/etc/zot ${IMAGE} serve /etc/zot/config.json`;
  const unit = `Id=zot.service\nUser=\nExecStart={ path=/usr/bin/podman ; argv[]=${argv} ; ignore_errors=no }`;
  expect(settingsOf(found(`== user\nop\n== processes\n== units user\n${unit}`))).toMatchObject({
    options: ["--userns=keep-id", "--read-only"],
    mounts: ["/srv/zot/config:/etc/zot"],
  });
});

test("a runtime under two names shows one container, and one that nothing keeps running is restarted by its runtime", () => {
  const text = `== user\nroot\n== processes\n== containers podman\n${contained()}\n== containers docker\n${contained()}`;
  expect(found(text)).toMatchObject({
    container: { runtime: "podman" },
    service: { manager: "command", restart: "podman restart zot" },
  });
});

test.each([
  "-dp 5000:5000 --name zot -v/srv/zot/config:/etc/zot",
  "-d -p5000:5000 --name zot -v=/srv/zot/config:/etc/zot",
  "-p5000:5000 --env-host -v /srv/zot/config:/etc/zot --name=zot -d",
])("a unit that starts a container with short options: %s", (options) => {
  const argv = `/usr/bin/podman run ${options} ${IMAGE} serve /etc/zot/config.json`;
  const unit = `Id=zot.service\nUser=\nExecStart={ path=/usr/bin/podman ; argv[]=${argv} ; ignore_errors=no }`;
  expect(settingsOf(found(`== user\nop\n== processes\n== units user\n${unit}`))).toMatchObject({
    ...{ image: IMAGE, name: "zot", publish: ["5000:5000"], mounts: ["/srv/zot/config:/etc/zot"] },
  });
});

test("a quadlet that is stopped is found by what its unit would start", () => {
  const argv =
    `/usr/bin/podman run --name systemd-zot --cidfile=/run/zot.cid --replace --rm --cgroups=split --network=host --sdnotify=conmon -d ` +
    `-v /srv/zot/config:/etc/zot:Z --mount type=bind,source=/srv/zot/images,target=/var/lib/registry --env TZ=UTC --user 7 ${IMAGE} serve /etc/zot/config.yaml`;
  const unit = `Id=zot.service\nUser=\nExecStart={ path=/usr/bin/podman ; argv[]=${argv} ; ignore_errors=no }`;
  const it = found(`== user\nop\n== processes\n== units user\n${unit}`);
  expect(it).toMatchObject({
    configFile: "/srv/zot/config/config.yaml",
    service: { manager: "systemd", unit: "zot.service", scope: "user" },
    container: { variables: ["TZ"] },
  });
  expect(settingsOf(it)).toEqual({
    ...{ runtime: "podman", image: IMAGE, name: "systemd-zot", network: "host", publish: [] },
    mounts: ["/srv/zot/config:/etc/zot:Z", "/srv/zot/images:/var/lib/registry"],
    options: ["--user=7"],
  });
});

const RUN = `run --name zot --network=host -v /srv/zot/config:/etc/zot -v /srv/zot/images:/var/lib/registry ${IMAGE} serve /etc/zot/config.json`;
const unitOf = (argv: string, more = "") =>
  `Id=zot.service\n${more}ExecStart={ path=${argv.split(" ")[0]} ; argv[]=${argv} ; ignore_errors=no }`;
/** What a stopped unit of the user op would start. */
const started = (argv: string, more = "") =>
  found(`== user\nop\n== home\n/home/op\n== processes\n${more}\n== units user\n${unitOf(argv)}`);

test.each([
  `/usr/bin/env TZ=UTC LANG=C.UTF-8 podman ${RUN}`,
  `/usr/bin/env -i -u LANG -C /srv PATH=/usr/bin podman ${RUN}`,
  `/usr/bin/nice -n 5 /usr/bin/ionice -c3 /usr/bin/podman ${RUN}`,
  `/usr/bin/nice -10 podman ${RUN}`,
  `/usr/bin/sudo -nu op --preserve-env=PATH /usr/bin/podman ${RUN}`,
  `/usr/bin/setpriv --reuid op --clear-groups --nnp -- podman ${RUN}`,
  `/usr/bin/timeout -k 10s --signal=INT 1d podman ${RUN}`,
  `/usr/bin/flock -n /run/zot.lock podman ${RUN}`,
  `/usr/bin/taskset -c 0,1 podman ${RUN}`,
  `/bin/sh -c exec /usr/bin/podman ${RUN}`,
  `/usr/bin/podman --log-level debug --cgroup-manager=cgroupfs --runtime crun --syslog ${RUN}`,
  `/usr/bin/podman --log-level=warn container ${RUN}`,
])("a unit that starts its container by `%s`", (argv) => {
  const it = started(argv);
  expect(it).toMatchObject({ configFile: "/srv/zot/config/config.json", service: { unit: "zot.service" } });
  expect(settingsOf(it)).toMatchObject({ runtime: "podman", image: IMAGE, name: "zot", mounts: MOUNTS });
  // Its running container is restarted by it.
  const text = `== user\nop\n== processes\n== containers podman\n${contained()}\n== units user\n${unitOf(argv)}`;
  expect(found(text).service).toEqual({ manager: "systemd", unit: "zot.service", scope: "user" });
});

test.each([
  [`/usr/bin/podman --root /data/pods ${RUN}`, /by podman with --root, .*containers\.conf or storage\.conf/],
  [`/usr/bin/podman -c remote ${RUN}`, /by podman with -c, /],
  [`/usr/bin/docker -H tcp://10.0.0.7 ${RUN}`, /by docker with -H, .*`docker context use`/],
  [`/usr/bin/env DOCKER_HOST=tcp://10.0.0.7 docker ${RUN}`, /by docker with DOCKER_HOST, /],
  [
    `/usr/bin/podman --frobnicate ${RUN}`,
    /cannot read, at "--frobnicate": start the unit, .*host\.container by hand/,
  ],
  [`/usr/bin/env -S x podman ${RUN}`, /cannot read, at "env -S"/],
  [`/opt/with-secrets podman ${RUN}`, /cannot read, at "\/opt\/with-secrets"/],
  [`/bin/sh -c sleep 3; podman ${RUN}`, /cannot read, at "3;"/],
  [
    `/usr/bin/podman ${RUN.replace("/srv/zot/images", "$IMAGES")}`,
    /cannot read, at "\$IMAGES:\/var\/lib\/registry"/,
  ],
  [`/usr/bin/podman ${RUN.replace("/srv/zot/images", "./images")}`, /cannot read, at "\.\/images:/],
  [
    `/usr/bin/podman ${RUN.replace("/srv/zot/images", "systemd-zot")}`,
    /the volume systemd-zot, which podman does not show to op: start the unit once/,
  ],
  [`/usr/bin/sudo /usr/bin/podman ${RUN}`, /container as root, .*give --user root/],
  [`/usr/bin/sudo -u zot podman ${RUN}`, /container as zot, .*give --user zot/],
])("a unit that starts its container by `%s` is refused, with what to do", (argv, message) => {
  expect(() => started(argv)).toThrow(message);
});

test("the folders of the volumes that a stopped quadlet mounts are those that its runtime tells", () => {
  const argv =
    `/usr/bin/podman run --name systemd-zot -v systemd-zot-config:/etc/zot:ro --mount type=volume,source=images,target=/var/lib/registry ` +
    `-v /var/tmp --tmpfs /tmp --mount type=tmpfs,target=/run ${IMAGE} serve /etc/zot/config.json`;
  const volumes = "systemd-zot-config /vol/systemd-zot-config/_data\nimages /vol/images/_data";
  const it = started(argv, `== volumes podman\n${volumes}`);
  expect(it.configFile).toBe("/vol/systemd-zot-config/_data/config.json");
  expect(settingsOf(it)?.mounts).toEqual([
    "/vol/systemd-zot-config/_data:/etc/zot:ro",
    "/vol/images/_data:/var/lib/registry",
  ]);
});

test.each([
  ["/srv/zot", "zot serve config.json", "/opt/zot/zot-linux", "/srv/zot/config.json", "/opt/zot/zot-linux"],
  [
    "/srv/zot",
    "/usr/bin/zot serve ./etc/config.yaml",
    "/usr/bin/zot",
    "/srv/zot/etc/config.yaml",
    "/usr/bin/zot",
  ],
  [
    "/srv/zot/bin",
    "./zot serve ../config.yml",
    "/srv/zot/bin/zot",
    "/srv/zot/config.yml",
    "/srv/zot/bin/zot",
  ],
  ["/srv/zot", "/bin/sh ./zot serve config.json", "/usr/bin/dash", "/srv/zot/config.json", "/srv/zot/zot"],
])("a process in %s that is `%s`", (cwd, args, exe, configFile, zotBinary) => {
  const text = `== processes\n 7 zot ${args}\n== cwd 7\n${cwd}\n== exe 7\n${exe}`;
  expect(found(text)).toMatchObject({ configFile, zotBinary });
});

test("a relative path of a config is one in the folder of its unit, or refused; others serve files, too", () => {
  const argv = "/usr/bin/nice -n 5 /usr/bin/zot serve config.json";
  const of = (unit: string, scope = "system") =>
    found(`== user\nop\n== home\n/home/op\n== processes\n== units ${scope}\n${unit}`);
  expect(of(unitOf(argv, "WorkingDirectory=-/srv/zot\n"))).toMatchObject({
    ...{ configFile: "/srv/zot/config.json", zotBinary: "/usr/bin/zot" },
    service: { unit: "zot.service" },
  });
  expect(of(unitOf(argv)).configFile).toBe("/config.json");
  expect(of(unitOf(argv), "user").configFile).toBe("/home/op/config.json");
  expect(() => of(unitOf(argv, "WorkingDirectory=~\n"))).toThrow(
    /config\.json, a path relative to .*--zot-config/,
  );
  // Another user's process hides its folder, and its unit tells it.
  const running = `== user\nop\n== processes\n 7 zot /usr/bin/zot serve config.json\n== cwd 7\n\n== cgroup 7\n0::/system.slice/zot.service`;
  expect(() => found(running)).toThrow(/--zot-config/);
  expect(found(`${running}\n== units system\n${unitOf(argv, "WorkingDirectory=/srv/zot\n")}`)).toMatchObject({
    ...{ configFile: "/srv/zot/config.json", runsAs: "zot" },
  });
  const strangers = "== processes\n 8 op /usr/bin/hugo serve site.yaml\n 9 op node ./zotero serve docs";
  expect(() => found(`${strangers}\n== cwd 8\n/a\n== cwd 9\n/b`)).toThrow(/no process of zot runs/);
});

test("a LaunchAgent with a folder of its own serves a path in it", () => {
  const agent = plist(
    "<string>/opt/zot</string><string>serve</string><string>config.json</string>",
    "<key>WorkingDirectory</key><string>/Users/op/zot</string>",
  );
  expect(found(`== processes\n${agent}`).configFile).toBe("/Users/op/zot/config.json");
});

test("a zot below sudo runs as its own user, not as sudo's", () => {
  const args = "/usr/bin/zot serve /etc/zot/config.json";
  expect(found(`== processes\n 7 root /usr/bin/sudo -u zot ${args}\n 8 zot ${args}`)).toMatchObject({
    ...{ runsAs: "zot", zotBinary: "/usr/bin/zot", configFile: "/etc/zot/config.json" },
  });
});

test("a container whose config is in its image alone is refused, with what to do", () => {
  const json = contained({ mounts: [bind("/srv/zot/images", "/var/lib/registry")] });
  expect(() => found(`== user\nop\n== processes\n== containers podman\n${json}`)).toThrow(
    /the container zot reads \/etc\/zot\/config\.json, which is in its image .*: mount a folder/,
  );
});

test("a container beside a host's own zot, a trial container, and an unrelated container are told apart", () => {
  const lines = [
    contained({
      id: "1",
      name: "zot-trial",
      args: ["serve", "/srv/zot/config/zot-access/sets/1/trial.json"],
    }),
    contained({ id: "2", name: "cache", image: "redis:7", args: ["redis-server"] }),
  ].join("\n");
  const text = `== user\nop\n== processes\n 77 op /usr/bin/zot serve /etc/zot/config.json\n== inside 77\n77\n== containers podman\n${lines}`;
  expect(found(text)).toMatchObject({ zotBinary: "/usr/bin/zot", container: undefined });
  const both = `${text}\n${contained({ id: "3" })}`;
  expect(() => found(both)).toThrow(
    /several zots serve .*\/etc\/zot\/config\.json, \/srv\/zot\/config\/config\.json/,
  );
});

test("an answer that is cut is refused", () => {
  expect(() => partsOf(TARGET, "== os\nLinux\n")).toThrow("answer is incomplete");
});

test("a config that only zot's user may read is read as that user, without a password", () => {
  const base = { zotBinary: "/zot", configFile: "/etc/zot/it's.json", launched: false, service: undefined };
  const zot = (runsAs: string) => ({ ...base, runsAs });
  expect(shellToRead(zot("zot"), "op")).toBe(
    "[ -r '/etc/zot/it'\\''s.json' ] || exec sudo -n -u zot /bin/sh -s; exec /bin/sh -s",
  );
  for (const [runsAs, sshUser] of [
    ["op", "op"],
    ["zot", "root"],
    ["1001", "op"],
    ["$(reboot)", "op"],
  ] as const)
    expect(shellToRead(zot(runsAs), sshUser)).toBe("exec /bin/sh -s");
});
