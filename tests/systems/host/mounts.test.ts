import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import {
  credentialsPath,
  mountProblems,
  onHost,
  published,
  runWords,
  unlabelled,
} from "../../../systems/host/container";
import type { Container, HostLayout, HostState, Service } from "../../../systems/host/types";
import { portWords, zotAddress } from "../../../systems/host/script-settings";
import { assignments } from "../../../systems/host/shell";
import { refuseUnusable } from "../../../systems/host/unusable";
import { layout } from "./support/example";

const ROOT = layout().configFolder;
const theirs: Service = { manager: "systemd", unit: "zot.service", scope: "user", manage: false };
const container = (...mounts: string[]): Container => ({
  runtime: "podman",
  image: "example.org/zot:v2",
  name: "zot",
  mounts,
  network: "host",
  publish: [],
  options: [],
});
const at = (service: Service, ...mounts: string[]): HostLayout => ({
  ...layout(),
  service,
  container: container(...mounts),
});
const problems = (of: HostLayout, images = ["/var/lib/registry"]) =>
  mountProblems(of, images).map(({ problem }) => problem);

test("paths of the container are found on the host by the deepest mount", () => {
  const it = container("/srv/zot/:/var/lib/registry", `${ROOT}:/etc/zot`, "/etc/tls:/etc/zot/tls:ro,z");
  expect(onHost(it, "/etc/zot/tls/cert.pem")).toBe("/etc/tls/cert.pem");
  expect(onHost(it, "/etc/zot/config.json")).toBe(`${ROOT}/config.json`);
  expect(onHost(it, "/etc/zother/x")).toBeUndefined();
  expect(onHost(undefined, "/x")).toBe("/x");
});

test("the credentials are named as the container finds them, or where the launcher's own mount has them", () => {
  expect(credentialsPath(at(theirs, `${ROOT}:/etc/zot`))).toBe("/etc/zot/oidc-credentials.json");
  expect(credentialsPath(at(theirs, `${ROOT}/oidc-credentials.json:/run/oidc`))).toBe("/run/oidc");
  expect(credentialsPath(at(theirs))).toBe(`${ROOT}/zot-access/current/oidc-credentials.json`);
});

test("a mount that hides written files, a missing mount, and images without a mount are refused", () => {
  const images = "/srv/zot:/var/lib/registry";
  expect(problems(at(theirs, images, `${ROOT}:/etc/zot`))).toEqual([]);
  expect(problems(at({ ...theirs, launcher: true }, images))).toEqual([]);
  expect(problems(at(theirs, images))).toEqual([
    expect.stringMatching(`^has no mount of ${ROOT}/config.json`),
    expect.stringMatching(`^has no mount of ${ROOT}/oidc-credentials.json`),
  ]);
  expect(problems(at(theirs, images, `${ROOT}:/etc/zot`, "/etc/other.json:/etc/zot/config.json"))).toEqual([
    expect.stringMatching(`^has a mount that hides ${ROOT}/config.json`),
  ]);
  for (const bad of [[], ["/srv/zot:/var/lib/registry:ro"], ["/srv/zot:/var/lib/reg"]]) {
    expect(problems(at({ ...theirs, launcher: true }, ...bad))).toEqual([
      expect.stringMatching(/^has no writable mount of \/var\/lib\/registry/),
    ]);
  }
});

const OF_ALL = ["--user=7", "--memory=1g", "--sysctl=kernel.shm_rmid_forced=1", "--ipc=host"];
/** Neither runtime starts a container in the host's network with any of them, but the first. */
const OF_THE_SERVICE = [
  "--label=io.containers.autoupdate=registry",
  "--ip=10.88.0.7",
  "--ip6=fd00::7",
  "--mac-address=92:d0:c6:0a:29:33",
  "--network-alias=registry",
  "--link=authentik",
  "--pod=registry",
  "--sysctl=net.core.somaxconn=1024",
];

test("the service has the settings' network and ports; the trial has the host's, and pulls nothing", () => {
  const it = at(theirs, "/srv/zot:/var/lib/registry:z");
  Object.assign(it.container ?? {}, {
    network: "bridge",
    publish: ["127.0.0.1:5051:5000"],
    options: [...OF_ALL, ...OF_THE_SERVICE],
  });
  const words = (what: "serve" | "try") => runWords(it, what).split("\n");
  const both = ["--volume=/srv/zot:/var/lib/registry:z", `--volume=${ROOT}/zot-access:${ROOT}/zot-access:z`];
  expect(words("serve")).toEqual([
    ...both,
    "--name=zot",
    "--network=bridge",
    "--publish=127.0.0.1:5051:5000",
    ...OF_ALL,
    ...OF_THE_SERVICE,
  ]);
  expect(words("try")).toEqual([...both, "--network=host", "--pull=never", ...OF_ALL]);
});

test("a folder that SELinux labels for one container alone is not labelled for another that only tries", () => {
  const it = { ...layout(), container: container("/srv/Z:/var/Z:ro,Z", "/srv/Z:/Z") };
  const volumes = (what: "serve" | "try") => runWords(it, what).split("\n").slice(0, 2);
  expect(volumes("serve")).toEqual(["--volume=/srv/Z:/var/Z:ro,Z", "--volume=/srv/Z:/Z"]);
  expect(volumes("try")).toEqual(["--volume=/srv/Z:/var/Z:ro,z", "--volume=/srv/Z:/Z"]);
});

test.each([
  ["127.0.0.1:5051:5000", { address: "127.0.0.1", port: "5051" }],
  ["[::1]:5051:5000/tcp", { address: "[::1]", port: "5051" }],
  ["5051:5000", { port: "5051" }],
  ["5051:8080", undefined],
])("%s leads to port 5000 from %j", (publish, expected) => {
  expect(published({ ...container(), publish: [publish] }, "5000")).toEqual(expected);
});

const ASK = readFileSync(join(__dirname, "../../../systems/host/remote/apply-http.sh"), "utf8");

/** Where the host's scripts find a zot by its config, on a host where something answers on each of these ports. */
function answeringOn(host: HostLayout, config: string, ...ports: number[]): string {
  const words = assignments({ ...zotAddress(host), ...portWords(host.container) });
  const answers = `answers() { case $1 in ${ports.map((port) => `*:${port}`).join(" | ")}) ;; *) return 1 ;; esac; }`;
  const input = `${words}${ASK}\n${answers}\nanswering /dev/fd/3 3<<'CONFIG'\n${config}\nCONFIG\n`;
  return spawnSync("sh", { input, encoding: "utf8" }).stdout.trim();
}

test("a container with a published port is asked there, and not a neighbour on the port that its config names", () => {
  const one = { ...container(), network: "registry", publish: ["5051:5000", "53:53/udp"] };
  const it = { ...layout(), container: one, loopbackUrl: "http://127.0.0.1:5051" };
  const config = '{"http": {"port": "5000"}}';
  expect(answeringOn(it, config, 5000, 5051)).toBe("http://127.0.0.1:5051");
  expect(answeringOn(it, config, 5000)).toBe("");
  // In the host's network it listens where its config says, also before a deploy that moves it.
  const ofHost = { ...it, container: { ...one, network: "host" } };
  expect(answeringOn(ofHost, config, 5000)).toBe("http://127.0.0.1:5000");
});

test("mounts without a label are refused where SELinux enforces, and nowhere else", () => {
  const it = at(theirs, "/srv/zot:/images:z", `${ROOT}:/etc/zot`);
  const state: HostState = { runs: 0, unfinished: false, serving: false, clockSkewSeconds: 0 };
  expect(unlabelled(it.container)).toEqual([`${ROOT}:/etc/zot`]);
  expect(() => refuseUnusable({ host: "h", user: "u" }, it, { ...state, enforcing: true })).toThrow(
    `SELinux lets no container read what ${ROOT}:/etc/zot mounts: write z behind it`,
  );
  expect(() => refuseUnusable({ host: "h", user: "u" }, it, state)).not.toThrow();
  const options = (...words: string[]) => ({
    ...it,
    container: { ...it.container, options: words } as Container,
  });
  // SELinux does not confine those.
  for (const word of ["--security-opt=label=disable", "--security-opt=label:disable", "--privileged"])
    expect(unlabelled(options("--read-only", word).container)).toEqual([]);
  expect(unlabelled(options("--security-opt=label=type:spc_t").container)).toHaveLength(1);
});
