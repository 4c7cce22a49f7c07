import { compareHost } from "../../../systems/host/drift";
import { HostDangerError } from "../../../systems/host/dangers";
import { parseProbe } from "../../../systems/host/probe-answer";
import type { Container, FoundContainer, HostLayout, HostState, Service } from "../../../systems/host/types";
import { refuseUnusable, UnusableHostError } from "../../../systems/host/unusable";
import { desired, layout } from "./support/example";

/* The container that the host has, against the one of the settings: what a deploy to another one would hide is refused first. */
const TARGET = { host: "h", user: "op" };
const FOLDER = layout().configFolder;
const theirs: Service = { manager: "command", manage: false, launcher: false, restart: "podman restart zot" };
const MOUNTS = ["/srv/images:/var/lib/registry", `${FOLDER}:/etc/zot`];
const SETTINGS: Container = {
  ...{ runtime: "podman", image: "example.org/zot:v2", name: "zot", mounts: MOUNTS, network: "host" },
  ...{ publish: [], options: [] },
};
const told = (more: object = {}) => ({
  ...{
    runtime: "podman",
    id: "1",
    name: "zot",
    image: "example.org/zot:v2",
    imageId: "old",
    args: [],
    user: "",
  },
  mounts: [
    { Type: "bind", Source: "/srv/images", Destination: "/var/lib/registry", RW: true },
    { Type: "bind", Source: FOLDER, Destination: "/etc/zot", RW: true },
  ],
  ...{ running: true, network: "host", networks: null, ports: {}, labels: {}, variables: "" },
  ...more,
});

/** By the probe's own words. */
function state(container: object | null = told(), more = 'image={"id":"old","user":""}\n'): HostState {
  const line = container && `container=${JSON.stringify(container)}\n`;
  return parseProbe(`served=200\nruns=0\n${line ?? ""}${more}zot-access-probe-end\n`, 0);
}
const at = (container: Partial<Container> = {}, service: Service = theirs): HostLayout => ({
  ...layout(),
  service,
  container: { ...SETTINGS, ...container },
});

function problems(of: HostLayout, seen: HostState): string[] {
  try {
    refuseUnusable(TARGET, of, seen);
    return [];
  } catch (error) {
    if (error instanceof UnusableHostError) return error.problems;
    throw error;
  }
}

test("a container as in the settings is deployed to, also a stopped one and one with SELinux labels", () => {
  for (const seen of [
    state(),
    state(told({ running: false })),
    // By its digest, and by a name in full.
    state(told({ image: "sha256:1234" })),
    state({
      ...told(),
      mounts: [
        ...told().mounts,
        { Type: "bind", Source: `${FOLDER}/zot-access`, Destination: `${FOLDER}/zot-access` },
      ],
    }),
  ])
    expect(problems(at({ mounts: [`${MOUNTS[0] ?? ""}:z`, MOUNTS[1] ?? ""] }), seen)).toEqual([]);
  expect(problems(at(), { ...state(null), serving: false })).toEqual([]);
  const own = told({
    network: "bridge",
    ports: { "5000/tcp": [{ HostIp: "0.0.0.0", HostPort: "80" }], "53/udp": [{ HostPort: "53" }] },
  });
  for (const publish of [["80:5000"], ["0.0.0.0:80:5000/tcp", "53:53/udp"]])
    expect(problems(at({ network: "registry", publish }), state(own))).toEqual([]);
  // A pod publishes what its containers do not.
  expect(problems(at(), state(told({ network: "container:1234" })))).toEqual([]);
  const kept = state(told({ user: "1000:1000", userns: "private" }));
  for (const options of [["--userns=keep-id"], ["--userns=keep-id", "--user=1000:1000"]])
    expect(problems(at({ options }), kept)).toEqual([]);
});

test.each<[string, HostLayout, HostState, RegExp]>([
  [
    "images elsewhere",
    at({ mounts: ["/mnt/images:/var/lib/registry", MOUNTS[1] ?? ""] }),
    state(),
    /has no mount "\/mnt\/images:\/var\/lib\/registry", and has "\/srv\/images:\/var\/lib\/registry" besides: write host\.container\.mounts: \["\/srv\/images:\/var\/lib\/registry", "/,
  ],
  [
    "a file that hides what is written",
    at(),
    state({
      ...told(),
      mounts: [
        ...told().mounts,
        { Type: "bind", Source: "/opt/c.json", Destination: "/etc/zot/config.json" },
      ],
    }),
    /has "\/opt\/c\.json:\/etc\/zot\/config\.json" besides/,
  ],
  [
    "a mount that the container may only read",
    at(),
    state(told({ mounts: told().mounts.map((mount) => ({ ...mount, RW: false })) })),
    /has no mount .*, and has "\/srv\/images:\/var\/lib\/registry:ro", /,
  ],
  [
    "ports of its own network, for one in the host's",
    at(),
    state(told({ network: "bridge", ports: { "5000/tcp": [{ HostIp: "", HostPort: "8080" }] } })),
    /has the network bridge and publishes "8080:5000": write host\.container\.network: bridge and host\.container\.publish: \["8080:5000"\]/,
  ],
  [
    "no port on the host, as behind a proxy in a container",
    at({ network: "proxy" }),
    state(told({ network: "bridge", networks: { proxy: {} } })),
    /has the network proxy and publishes no port, and a deploy asks zot on the host: publish one/,
  ],
  [
    "another published port",
    at({ network: "bridge", publish: ["5000:5000"] }),
    state(told({ network: "bridge", ports: { "5000/tcp": [{ HostIp: "127.0.0.1", HostPort: "5000" }] } })),
    /publishes "127\.0\.0\.1:5000:5000": write/,
  ],
  [
    "the host's network",
    at({ network: "bridge", publish: ["8080:5000"] }),
    state(),
    /has the network host: write host\.container\.network: host, or/,
  ],
  [
    "another image",
    at(),
    state(told({ image: "example.org/zot:v1", imageId: "another" })),
    /runs example\.org\/zot:v1, and host\.container\.image is example\.org\/zot:v2: write host\.container\.image: example\.org\/zot:v1/,
  ],
  [
    "another user",
    at(),
    state(told({ user: "1000" })),
    /runs as the user 1000, and by the settings as root: write host\.container\.options: \["--user=1000"\]/,
  ],
  [
    "another namespace of users",
    at(),
    state(told({ user: "1000:1000", userns: "private" })),
    /runs with --userns, and by the settings without it: write host\.container\.options: \["--userns=keep-id", "--user=1000:1000"\]/,
  ],
  [
    "no namespace of users",
    at({ options: ["--userns=keep-id"] }),
    state(),
    /runs without --userns, and by the settings with it: leave it out of host\.container\.options/,
  ],
  [
    "the user of its image",
    at({ options: ["--user=7"] }),
    state(told({ user: "5" }), 'image={"id":"old","user":"5"}\n'),
    /runs as the user 5, and by the settings as 7: leave --user out/,
  ],
  [
    "another name",
    at(),
    state(null, "containers=systemd-zot redis \n"),
    /zot answers, and there is no container zot; the running ones are systemd-zot, redis: set host\.container\.name/,
  ],
  [
    "another user's",
    at(),
    state(null, ""),
    /there is no container zot; podman shows op none: .* host\.user to the user that starts it/,
  ],
  ["no runtime", at(), state(null, "runtime=missing\n"), /podman is not on the PATH of op's session/],
])("%s: refused before anything is touched, with what to write", (_what, of, seen, message) => {
  expect(problems(of, seen)).toEqual([expect.stringMatching(message)]);
});

test("a container that the launcher starts follows the settings from the next deploy on", () => {
  const ours: Service = { manager: "systemd", unit: "zot.service", scope: "user", manage: true };
  expect(problems(at({ image: "example.org/zot:v3" }, ours), state())).toEqual([]);
});

/** The config that the host holds, of a container with these folders of images. */
function compared(
  before: Partial<FoundContainer>,
  after: Partial<Container>,
  rootDirectory = "/var/lib/registry",
) {
  const config = (folder: string) =>
    desired({ base: { storage: { rootDirectory: folder }, http: { address: "127.0.0.1", port: "5050" } } });
  const seen = state();
  const { container } = seen;
  if (!container) throw new Error("the probe tells of a container");
  return () =>
    compareHost({ ...at(after), service: { ...theirs, launcher: true } }, config(rootDirectory), {
      ...seen,
      container: { ...container, ...before },
      configText: config("/var/lib/registry").config,
    });
}

test("a mount that leads elsewhere moves the images although no config says so, and another path to the same folder does not", () => {
  const mount = (host: string, inside: string) => ({ host, container: inside, options: [] });
  const elsewhere = compared({ mounts: [mount("/srv/old", "/var/lib/registry")] }, {});
  expect(elsewhere).toThrow(HostDangerError);
  expect(elsewhere).toThrow(
    /the images would be looked for in \/srv\/images instead of \/srv\/old: .* zot\.allow: \[moveStorage\]/,
  );
  expect(compared({ mounts: [] }, {})).toThrow(/instead of container:\/var\/lib\/registry/);
  const same = compared({}, { mounts: ["/srv/images:/images"] }, "/images");
  // Before the first container zot ran without one, or its container is away.
  const config = desired({ base: { storage: { rootDirectory: "/var/lib/registry" } } });
  for (const rootDirectory of ["/srv/images", "/var/lib/registry"]) {
    const { config: configText } = desired({ base: { storage: { rootDirectory } } });
    const { consequences } = compareHost(at(), config, { ...state(null), configText });
    expect(consequences).not.toContainEqual(expect.stringContaining("images would"));
  }
  expect(same().consequences).not.toContainEqual(expect.stringContaining("images would"));
});

test("an image name that now means another image is reported", () => {
  const moved = state(told(), 'image={"id":"new","user":""}\n');
  const warn = (seen: HostState, of = at()) => compareHost(of, desired(), seen).warnings.join("\n");
  expect(warn(moved)).toMatch(
    /the container zot was started from another image than example\.org\/zot:v2 is now/,
  );
  expect(warn(state())).not.toMatch(/another image/);
  expect(problems(at(), moved)).toEqual([]);
});
