import { execFileSync, spawnSync } from "node:child_process";
import { mkdirSync, readFileSync, readlinkSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { killAll, processesOf } from "../../../rehearsal/host/processes";
import { noContainers } from "../../../rehearsal/host/runtime";
import { until } from "../../../rehearsal/host/until";
import { probeHost } from "../../../systems/host/probe";
import type { Service } from "../../../systems/host/types";
import { lockHolder } from "./support/cut";
import { type ManagedHost, startManagedHost } from "./support/managed-host";
import { BUS, contain, foldersOf, openFiles, someUnit, withContainer } from "./support/contained";
import { CONTAINED, LIMITS, NEVER_UP } from "./support/world";

/*
 * The launcher beside a service that starts zot by a command of somebody's, and never by itself: restarts that fail, hang or are lost.
 */

/** What the command does the next time: `fails` ends it before anything, `stops` after it has ended zot, `hangs` never. */
type Mood = "fails" | "stops" | "hangs";

interface Beside {
  host: ManagedHost;
  login: () => Promise<number>;
  /** What the next restart does in the place of one; it is over with it. */
  next: (mood: Mood) => void;
  /** Whether a restart has done so. */
  happened: (mood: Mood) => Promise<void>;
  /** What the launcher has noted: full or fallback. */
  noted: () => string | undefined;
  launch: () => Promise<void>;
  launchers: () => number[];
  /** All that runs dies. */
  halt: () => Promise<void>;
  log: () => string;
  /** All that runs dies, and the service starts again, as after a boot of the host. */
  reboot: () => Promise<void>;
}

const COMMAND = `#!/bin/sh
# Starts zot anew; what serves is not started again by itself.
cd "$(dirname "$0")" || exit 1
mood=$(cat mood 2>/dev/null)
rm -f mood
[ -z "$mood" ] || : >"was-$mood"
[ "$mood" != fails ] || { echo "the service manager is busy" && exit 1; }
[ "$mood" != hangs ] || exec sleep 600
END
[ "$mood" != stops ] || exit 1
START
`;

interface Commands {
  end: string;
  start: string;
}

function ofProcess(host: ManagedHost): Commands {
  writeFileSync(join(host.root, "pid"), "");
  host.writeOpenConfig();
  return {
    end: 'read -r pid <pid && kill "$pid" 2>/dev/null\nwhile kill -0 "$pid" 2>/dev/null; do sleep 0.05; done',
    start: `setsid ${host.zot.path} serve ${host.config} >>zot.log 2>&1 </dev/null &\necho $! >pid`,
  };
}

async function ofContainer(host: ManagedHost): Promise<Commands> {
  const { container } = await contain(host, "stand-in", "podman");
  const { words } = openFiles({ host, container }, foldersOf(host.layout));
  return { end: "podman rm -f zot >/dev/null", start: `podman run -d ${words.join(" ")} >/dev/null` };
}

const commandLine = (pid: number) => {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, "utf8");
  } catch {
    return ""; // it has ended
  }
};

/** A registry that was deployed to, with the launcher beside it. */
function beside(
  body: (it: Beside) => Promise<void>,
  prepare: (host: ManagedHost) => void = () => undefined,
): () => Promise<void> {
  return async () => {
    const service: Service = { manager: "command", manage: false, launcher: false, restart: "" };
    const host = await startManagedHost(service);
    try {
      prepare(host);
      const { end, start } = await (CONTAINED ? ofContainer(host) : ofProcess(host));
      const file = (name: string) => join(host.root, name);
      Object.assign(service, { restart: `/bin/sh ${file("restart.sh")}` });
      host.layout.limits = { ...LIMITS, startSeconds: NEVER_UP.limits.startSeconds };
      writeFileSync(
        file("restart.sh"),
        COMMAND.replace("END", end).replace("START", () => start),
      );
      const restart = () => host.shell(`/bin/sh ${file("restart.sh")}`);
      const launcher = join(host.layout.configFolder, "zot-access/current/launcher.sh");
      const it: Beside = {
        host,
        login: () => host.status("/zot/auth/login?provider=oidc&callback_ui=/v2/"),
        next: (mood) => writeFileSync(file("mood"), mood),
        happened: (mood) => until(`a restart ${mood}`, () => host.held(file(`was-${mood}`)) !== undefined),
        noted: () =>
          host.held(join(host.layout.configFolder, "zot-access/run/opened"))?.split("\n")[0] || undefined,
        halt: () =>
          until("the host's processes end", () => {
            killAll(processesOf(host.home));
            return processesOf(host.home).length === 0;
          }),
        launch: async () => {
          await host.shell(`setsid /bin/sh ${launcher} beside >>${file("launcher.log")} 2>&1 </dev/null &`);
        },
        launchers: () => processesOf(host.home).filter((pid) => commandLine(pid).includes("\0beside\0")),
        log: () => host.held(file("launcher.log")) ?? "",
        async reboot() {
          await it.halt();
          rmSync(file("mood"), { force: true });
          await restart();
          await it.launch();
        },
      };
      await restart();
      await host.serves();
      expect((await host.deploy(host.desired())).outcome).toBe("restarted");
      await body(it);
    } finally {
      await host.stop();
    }
  };
}

/** Booted while its issuer was away. */
const inFallback = (body: (it: Beside) => Promise<void>) =>
  beside(async (it) => {
    await it.host.issuer.setUp(false);
    await it.reboot();
    await it.host.serves();
    expect(await it.login()).toBe(404);
    await until("it is noted", () => it.noted() === "fallback");
    await body(it);
  });

const loggedIn = (it: Beside) => until("logins are back", async () => (await it.login()) === 302);

test.concurrent(
  "a restart with the full config that fails is repeated, and a deploy knows what it brought",
  inFallback(async (it) => {
    const { host } = it;
    it.next("fails");
    await host.issuer.setUp(true);
    await it.happened("fails");
    await loggedIn(it);
    await until("it is noted", () => it.noted() === "full");
    expect((await probeHost(host.ssh, host.layout)).mode).toBeUndefined();
    expect(it.log()).toContain("did not restart, and is restarted again in");
    expect(it.log()).toContain("the service manager is busy");
    // A deploy writes into the file that is noted.
    expect((await host.deploy(host.desired({ writers: ["others"] }))).outcome).toBe("reloaded");
  }),
);

test.concurrent(
  "a deploy in the time between: new rules reach the zot that still runs without logins",
  inFallback(async (it) => {
    const { host } = it;
    // As a launcher leaves it that is killed between the two.
    it.next("hangs");
    await host.issuer.setUp(true);
    await it.happened("hangs");
    killAll(processesOf(host.home).filter((pid) => /\0beside\0|sleep\0/.test(commandLine(pid))));
    await host.issuer.setUp(false);
    expect((await host.deploy(host.desired({ writers: ["others"] }))).outcome).toBe("reloaded");
    expect(await it.login()).toBe(404);
  }),
);

test.concurrent(
  "a launcher that was killed while it restarted the service: a deploy waits for it, and the next launcher brings the logins back",
  inFallback(async (it) => {
    const { host } = it;
    it.next("hangs");
    await host.issuer.setUp(true);
    await it.happened("hangs");
    const [launcher] = it.launchers();
    expect(lockHolder(host.layout)).toBe(launcher);
    const limits = { ...host.layout.limits, lockSeconds: 1 };
    await expect(host.deploy(host.desired({ writers: ["others"] }), { limits })).rejects.toThrow(
      /refused: the lock of .* is held by process \d+ since .* from launcher; nothing was changed/,
    );
    killAll(it.launchers());
    // The next start reads the full config, which is not what zot serves.
    expect(it.noted()).toBe("fallback");
    expect((await probeHost(host.ssh, host.layout)).mode).toBe("fallback");
    expect(await it.login()).toBe(404);
    await it.launch();
    await loggedIn(it);
    await until("it is noted", () => it.noted() === "full");
  }),
);

test.concurrent(
  "a reboot of the host in between: zot starts with the full config, and that is noted",
  inFallback(async (it) => {
    it.next("fails");
    await it.host.issuer.setUp(true);
    await it.happened("fails");
    await it.reboot();
    await loggedIn(it);
    await until("it is noted", () => it.noted() === "full");
  }),
);

test.concurrent(
  "a restart with the full config that ends zot and starts none: pulls come back, and then logins",
  inFallback(async (it) => {
    it.next("stops");
    await it.host.issuer.setUp(true);
    await it.happened("stops");
    await it.host.serves();
    await loggedIn(it);
  }),
);

test.concurrent(
  "a restart without logins that fails is repeated",
  beside(async (it) => {
    const { host } = it;
    await host.issuer.setUp(false);
    await it.halt();
    it.next("fails");
    await it.launch();
    await it.happened("fails");
    await host.serves();
    expect(await it.login()).toBe(404);
    await until("it is noted", () => it.noted() === "fallback");
    await host.issuer.setUp(true);
    await loggedIn(it);
  }),
);

test.concurrent(
  "an issuer that curl accepts and zot refuses: zot serves again without logins, and they return when it accepts it",
  inFallback(async (it) => {
    const { host } = it;
    host.zot.fault("dies-with-login");
    await host.issuer.setUp(true);
    await until("it was tried", () => it.log().includes("zot does not come up with the full config"));
    await host.serves();
    expect(await it.login()).toBe(404);
    host.zot.fault("none");
    await loggedIn(it);
  }),
);

test.concurrent(
  "a service that was given up before its issuer answered is started again",
  beside(async (it) => {
    // As after a boot at which systemd has counted its starts, and Authentik came up before the launcher's next look.
    await it.halt();
    await it.launch();
    await loggedIn(it);
    expect(it.log()).toContain("is started again");
    await until("it is noted", () => it.noted() === "full");
  }),
);

test.concurrent(
  "an issuer that curl accepts and zot refuses at a boot: zot serves without logins, and they return when it accepts it",
  beside(async (it) => {
    const { host } = it;
    host.zot.fault("dies-with-login");
    await it.reboot();
    await host.serves();
    expect(await it.login()).toBe(404);
    host.zot.fault("none");
    await loggedIn(it);
  }),
);

test.concurrent(
  "a second launcher leaves, and the first one does its work",
  beside(async (it) => {
    const { host } = it;
    await it.launch();
    await until("it runs", () => it.launchers().length === 1);
    const [first] = it.launchers();
    const pid = join(host.layout.configFolder, "zot-access/run/launcher.pid");
    await until("it is known", () => host.held(pid)?.startsWith(`${String(first)} `) === true);
    await it.launch();
    await until("the second leaves", () => it.log().includes(`another launcher (pid ${String(first)}) runs`));
    // Its own subshells look like it for a moment.
    const isAlone = () => it.launchers().join() === String(first);
    await until("the first one stays", isAlone);
    // A deploy brings another launcher, which the first one becomes.
    await host.deploy(host.desired({ secret: "another" }));
    await until("the first one stays then, too", isAlone);
  }),
);

const mounts = spawnSync("unshare", ["-m", "true"]).status === 0;

(mounts ? test.concurrent : test.skip)(
  "a disk that is full at a boot without the issuer: pulls work, and logins come back",
  beside(
    async (it) => {
      const { host } = it;
      const { configFolder } = host.layout;
      try {
        await it.launch();
        await until(
          "it has looked",
          () => host.held(join(configFolder, "zot-access/run/fallback.json")) !== undefined,
        );
        await host.issuer.setUp(false);
        const free = execFileSync("df", ["-B1", "--output=avail", configFolder], { encoding: "utf8" });
        writeFileSync(join(configFolder, "ballast"), Buffer.alloc(Number(free.split("\n")[1])));
        await it.reboot();
        await host.serves();
        expect(await it.login()).toBe(404);
        await host.issuer.setUp(true);
        await loggedIn(it);
      } finally {
        await it.halt();
        execFileSync("umount", ["-l", configFolder]);
      }
    },
    ({ layout: { configFolder } }) => {
      mkdirSync(configFolder, { recursive: true });
      execFileSync("mount", ["-t", "tmpfs", "-o", "size=1m,mode=700", "tmpfs", configFolder]);
    },
  ),
);

const OWN_UNIT: Service = { manager: "systemd", unit: "zot.service", scope: "user", manage: false };

interface BesideUnit {
  host: ManagedHost;
  /** The launcher, which gives zot as many seconds to come up. */
  launch: (seconds: number) => Promise<string>;
  /** It has seen the unit twice more while nothing served. */
  looked: () => Promise<void>;
  log: () => string | undefined;
  login: () => Promise<number>;
  /** The unit's process is told to end, or to begin. */
  unit: (command: "stop" | "restart") => Promise<string>;
  /** What zot reads at its next start. */
  reads: () => string;
}

/** A unit of somebody's that was deployed to, for a launcher beside it. */
const besideUnit = (body: (it: BesideUnit) => Promise<void>) => async () => {
  const host = await startManagedHost(OWN_UNIT);
  try {
    if (CONTAINED) await contain(host, "stand-in", "podman");
    await someUnit(host);
    await host.deploy(host.desired());
    const current = join(host.layout.configFolder, "zot-access/current");
    const log = join(host.root, "launcher.log");
    const asked = () => host.held(join(host.fakes, "systemd/asked"))?.split("\n").length ?? 0;
    await body({
      host,
      launch: (seconds) =>
        host.shell(
          `sed -i "s/^ZL_START=.*/ZL_START=${seconds}/" ${current}/launcher.env; setsid /bin/sh ${current}/launcher.sh beside >>${log} 2>&1 </dev/null &`,
        ),
      async looked() {
        const before = asked();
        await until("it has looked twice", () => asked() > before + 2);
      },
      log: () => host.held(log),
      login: () => host.status("/zot/auth/login?provider=oidc&callback_ui=/v2/"),
      unit: (command) => host.shell(`${BUS} ${command} zot.service`),
      reads: () => readlinkSync(host.config),
    });
  } finally {
    await host.stop();
  }
};

/** The launcher has restarted the service, and seen it serve without logins. */
const seenWithoutLogins = (host: ManagedHost) =>
  until("it is noted", () =>
    (host.held(join(host.layout.configFolder, "zot-access/run/opened")) ?? "").startsWith("fallback\n"),
  );

test.concurrent(
  "a unit that somebody has stopped stays so while the issuer answers",
  besideUnit(async ({ host, launch, log, looked, unit }) => {
    await unit("stop");
    await launch(0);
    await looked();
    expect(await host.status("/v2/")).toBe(0);
    expect(log()).toBe("");
  }),
);

test.concurrent(
  "a unit that somebody has stopped while its issuer was away stays so, and starts with logins once they work",
  besideUnit(async ({ host, launch, log, login, looked, reads, unit }) => {
    await host.issuer.setUp(false);
    await launch(300);
    host.zot.fault("dies-with-login"); // as zot does without its issuer
    await unit("restart");
    await seenWithoutLogins(host);
    const told = log();
    await unit("stop");
    await looked();
    expect(reads()).toBe("zot-access/run/fallback.json");
    host.zot.fault("none");
    await host.issuer.setUp(true);
    await until("the next start has logins", () => reads() === "zot-access/current/live.json");
    await looked();
    expect(await host.status("/v2/")).toBe(0);
    expect(log()).toBe(told);
    await unit("restart");
    await until("logins work", async () => (await login()) === 302);
  }),
);

test.concurrent(
  "a unit whose zot refuses an issuer that answers serves without logins as soon as systemd has started it twice more",
  besideUnit(async ({ host, launch, log, login, unit }) => {
    host.zot.fault("dies-with-login");
    await unit("restart");
    // Long after the end of this test.
    await launch(7200);
    await host.serves();
    expect(await login()).toBe(404);
    expect(log()).toContain("zot does not come up with the full config, although");
    host.zot.fault("none");
    await until("logins are back", async () => (await login()) === 302);
  }),
);

const containers = noContainers() === undefined;

(containers ? test.concurrent : test.skip)(
  "a container that somebody has stopped, which Docker would have started again, stays so",
  () =>
    withContainer(
      "stand-in",
      { manager: "command", manage: false, launcher: false, restart: "docker restart zot" },
      "docker",
      async ({ container, host, runtime, wanted }) => {
        const { words } = openFiles({ host, container }, foldersOf(host.layout));
        await runtime("run", "-d", "--restart", "unless-stopped", ...words);
        await host.serves();
        await host.deploy(wanted());
        await host.issuer.setUp(false);
        const current = join(host.layout.configFolder, "zot-access/current");
        await host.shell(
          `setsid /bin/sh ${current}/launcher.sh beside >>${host.root}/launcher.log 2>&1 </dev/null &`,
        );
        await runtime("restart", "zot");
        const login = () => host.status("/zot/auth/login?provider=oidc&callback_ui=/v2/");
        await seenWithoutLogins(host);
        await runtime("stop", "zot");
        await host.issuer.setUp(true);
        const live = "zot-access/current/live.json";
        await until("the next start has logins", () => readlinkSync(host.config) === live);
        expect(await host.status("/v2/")).toBe(0);
        await runtime("start", "zot");
        await until("logins work", async () => (await login()) === 302);
        expect(host.held(join(host.root, "launcher.log"))).not.toContain("answers again");
      },
    ),
);
