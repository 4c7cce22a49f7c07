import { execFileSync } from "node:child_process";
import {
  chmodSync,
  chownSync,
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  lstatSync,
  writeFileSync,
} from "node:fs";
import { dirname, join } from "node:path";
import { probeHost } from "../../../systems/host/probe";
import type { HostState, Service } from "../../../systems/host/types";
import { refuseUnusable } from "../../../systems/host/unusable";
import { layout } from "./support/example";
import { type ManagedHost, startManagedHost } from "./support/managed-host";
import { until } from "../../../rehearsal/host/until";

/*
 * zot as a user of its own, nobody, and SSH as another: as root, or as one who may become nobody by `sudo -n`. Only root can start
 * anything as somebody else, so that second user is root under another name (support/id.sh), with a sudo that refuses as the real
 * one does (support/sudo.sh).
 */
const asRoot = process.getuid?.() === 0 ? test.concurrent : test.skip;
const unit: Service = {
  manager: "systemd",
  unit: "zot.service",
  scope: "system",
  manage: false,
  launcher: true,
};
const nobody = Number(execFileSync("id", ["-u", "nobody"], { encoding: "utf8" }));

/** A host whose unit runs as nobody: zot at first, and the launcher once there is one. */
function withUnit(body: (host: ManagedHost, users: () => number[]) => Promise<void>): () => Promise<void> {
  return async () => {
    // Another user must get to its files, so it is no folder of root's own.
    const root = mkdtempSync("/tmp/zot-access-run-as-");
    chmodSync(root, 0o755);
    const host = await startManagedHost(unit, { root });
    try {
      host.writeOpenConfig();
      const { configFolder } = host.layout;
      const launcher = join(configFolder, "zot-access/current/launcher.sh");
      const start = join(root, "start.sh");
      const serve = `exec ${host.zot.path} serve ${host.config}`;
      writeFileSync(start, `#!/bin/sh\n[ ! -f ${launcher} ] || exec /bin/sh ${launcher}\n${serve}\n`);
      const users = join(root, "users");
      writeFileSync(users, "");
      chmodSync(users, 0o666);
      const binary = readFileSync(host.zot.path, "utf8");
      writeFileSync(host.zot.path, binary.replace("\n", `\n/usr/bin/id -u >>${users}\n`));
      mkdirSync(host.layout.dataFolder);
      for (const path of [host.layout.dataFolder, configFolder, host.config]) chownSync(path, nobody, nobody);
      const definition = join(host.fakes, "system/zot.service");
      mkdirSync(dirname(definition), { recursive: true });
      writeFileSync(definition, `[Service]\nUser=nobody\nExecStart=/bin/sh ${start}\n`);
      await host.shell("systemctl daemon-reload; systemctl restart zot.service");
      await host.serves();
      host.layout.runAs = "nobody";
      await body(host, () => [...new Set(readFileSync(users, "utf8").trim().split("\n").map(Number))]);
    } finally {
      await host.stop();
    }
  };
}

const owners = (folder: string): number[] => [
  ...new Set(
    readdirSync(folder, { recursive: true, encoding: "utf8" }).map(
      (name) => lstatSync(join(folder, name)).uid,
    ),
  ),
];

function withoutRights(host: ManagedHost, sudoers: string[]): void {
  for (const name of ["sudo", "id"]) {
    copyFileSync(join(__dirname, `support/${name}.sh`), join(host.fakes, name));
    chmodSync(join(host.fakes, name), 0o755);
  }
  writeFileSync(join(host.fakes, "sudoers"), `${sudoers.join("\n")}\n`);
}

const SHELL = "nobody /bin/sh -s";
const RESTART = ["root systemctl daemon-reload", "root systemctl restart zot.service"];

/** What the SSH user's run hands over in; the run removes it after it has told its outcome. */
const desks = () => readdirSync("/tmp").filter((name) => name.startsWith("zot-access-desk."));

async function deploysAsNobody(host: ManagedHost, users: () => number[]): Promise<void> {
  const others = desks();
  expect((await host.deploy(host.desired())).outcome).toBe("restarted");
  expect(await host.push()).toBe(401);
  expect(await host.compare(host.desired())).toMatchObject({ inSync: true });
  expect((await host.deploy(host.desired({ writers: ["others"] }))).outcome).toBe("reloaded");
  expect((await host.deploy(host.desired({ writers: ["others"] }))).outcome).toBe("unchanged");
  // Versions, verify, trial and launcher: zot was run by nobody else.
  expect(users()).toEqual([nobody]);
  expect(owners(host.layout.configFolder)).toEqual([nobody]);
  expect((await host.restore()).outcome).toBe("restarted");
  expect(await host.push()).toBe(202);
  expect(readdirSync(host.layout.configFolder)).toEqual(["config.json"]);
  await until("no desk is left", () => desks().every((name) => others.includes(name)));
}

asRoot("root's SSH: zot, its trial and its files are those of zot's user", withUnit(deploysAsNobody));

asRoot(
  "the SSH of a user who may become zot's user and restart its unit by sudo -n, and nothing else",
  withUnit(async (host, users) => {
    withoutRights(host, [SHELL, ...RESTART]);
    await deploysAsNobody(host, users);
  }),
);

const NEEDS_PASSWORD = "a step that needs a password is refused before anything is touched";
asRoot.each([NEEDS_PASSWORD, `${NEEDS_PASSWORD}, also where zot's user runs it in a container`])(
  "%s",
  (title) =>
    withUnit(async (host) => {
      const wanted = host.desired();
      if (title !== NEEDS_PASSWORD)
        host.layout.container = {
          ...{
            runtime: "podman",
            image: "localhost/zot:1",
            name: "zot",
            network: "host",
            publish: [],
            options: [],
          },
          mounts: [`${host.layout.dataFolder}:${host.layout.dataFolder}`],
        };
      const refused = async (problem: string, message: RegExp) => {
        expect((await probeHost(host.ssh, host.layout)).runAsProblem).toBe(problem);
        await expect(host.deploy(wanted)).rejects.toThrow(message);
        expect(readdirSync(host.layout.configFolder)).toEqual(["config.json"]);
      };
      withoutRights(host, RESTART);
      await refused(
        "no-sudo",
        /refused: deploy may not run \/bin\/sh as nobody without a password.*nothing was changed/,
      );
      withoutRights(host, [SHELL]);
      await refused(
        "no-restart",
        /refused: deploy may not run systemctl restart zot.service without a password/,
      );
      // A deploy reloads the definitions before it restarts one.
      withoutRights(host, [SHELL, "root systemctl restart zot.service"]);
      await refused("no-restart", /refused: deploy may not run systemctl daemon-reload without a password/);
      rmSync(join(host.fakes, "sudoers"));
      rmSync(join(host.fakes, "sudo"));
      rmSync(join(host.fakes, "id"));
      host.layout.runAs = "zot-nobody-has-this";
      await refused("no-user", /refused: there is no user zot-nobody-has-this/);
      host.layout.runAs = "nobody";
      chownSync(host.layout.configFolder, 0, 0);
      expect((await probeHost(host.ssh, host.layout)).notWritable).toBe("nobody");
      await expect(host.deploy(wanted)).rejects.toThrow("refused: ");
      expect(readdirSync(host.layout.configFolder)).toEqual(["config.json"]);
      expect(await host.push()).toBe(202);
    })(),
);

asRoot(
  "SSH as zot's own user, who may not restart its unit without a password: refused before anything is touched",
  withUnit(async (host) => {
    const wanted = host.desired();
    delete host.layout.runAs;
    // The number that support/id.sh tells.
    writeFileSync(join(host.fakes, "system/zot.service"), "[Service]\nUser=4711\n");
    await host.shell("systemctl daemon-reload; systemctl stop zot.service");
    await until("it is gone", async () => (await host.status("/v2/")) === 0);
    withoutRights(host, []);
    expect((await probeHost(host.ssh, host.layout)).runAsProblem).toBe("no-restart");
    await expect(host.deploy(wanted)).rejects.toThrow(
      /refused: deploy may not run systemctl restart zot.service without a password.*nothing was changed/,
    );
    expect(readdirSync(host.layout.configFolder)).toEqual(["config.json"]);
    withoutRights(host, RESTART);
    expect((await probeHost(host.ssh, host.layout)).runAsProblem).toBeUndefined();
  }),
);

describe("what blocks a deploy to the host", () => {
  const deploy = { host: "registry", user: "deploy" };
  const at = { ...layout(), runAs: "zot", service: unit };
  const seen = (state: Partial<HostState>): HostState => ({
    runs: 0,
    unfinished: false,
    serving: true,
    clockSkewSeconds: 0,
    ...state,
  });

  test.each<[Partial<HostState>, RegExp]>([
    [{ runAsProblem: "no-user" }, /there is no user zot: correct host.runAs/],
    [{ runAsProblem: "no-sudo" }, /"deploy ALL=\(zot\) NOPASSWD: \/bin\/sh"/],
    [{ runAsProblem: "no-restart" }, /"deploy ALL=\(root\) NOPASSWD: .*systemctl restart zot.service"/],
    [{ notWritable: "zot" }, /give that user the folder \(chown -R zot /],
    [
      { configPlace: "boot", configFile: "/run/zot/config.json" },
      /\/run\/zot\/config.json, which is generated at each boot/,
    ],
    [
      { configPlace: "read-only", configFile: "/nix/store/x-config.json", notWritable: "zot" },
      /may not write \(as in the store of NixOS.*set host.configFolder to it/,
    ],
  ])("%j: named, with what to do", (state, message) => {
    expect(() => refuseUnusable(deploy, at, seen(state))).toThrow(message);
  });

  test("nothing on a sound host", () => {
    expect(() => refuseUnusable(deploy, at, seen({}))).not.toThrow();
  });
});
