import { copyFileSync, mkdtempSync, renameSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { generateKeyPairSync } from "node:crypto";
import { utils } from "ssh2";
import { renderFiles } from "../../../systems/host/files";
import { probeHost } from "../../../systems/host/probe";
import type { DesiredHost } from "../../../systems/host/types";
import { until } from "../../../rehearsal/host/until";
import { sessionsOf } from "../../../rehearsal/host/processes";
import { lockHolder, parentOf } from "./support/cut";
import { reached, type Steps, steps } from "./support/steps";
import { type HostWorld, LIMITS, NEVER_UP, startHostWorld } from "./support/world";
import type { ZotFault } from "./support/zot-binary";

const QUICK = { limits: { ...LIMITS, issuerSeconds: 1, bootSeconds: 1, drainSeconds: 5 } };

let world: HostWorld;
let step: Steps;
beforeAll(async () => {
  const root = mkdtempSync(join(tmpdir(), "zot-access-faults-"));
  step = steps(join(root, "steps"));
  world = await startHostWorld({ root, path: step.path, ...QUICK });
  await world.deploy(good());
});
afterAll(() => world.stop());

/** The one step that makes the new set the current one. */
const SWITCH = "^mv .*/point/current ";

/** Each test begins with the good set on the host and mostly ends with the better one, which is the good one of the next. */
let turn = 0;
const good = () => world.desired({ secret: `secret-${turn}` });
const otherRules = () => world.desired({ secret: `secret-${turn}`, writers: ["others"] });
const better = () => world.desired({ secret: `secret-${turn + 1}` });
const file = (name: string) => join(world.host.layout.configFolder, name);

async function serves(desired: DesiredHost): Promise<void> {
  const { config, credentials, revision } = renderFiles(world.host.layout, desired);
  expect(world.held("config.json")).toBe(config);
  expect(world.held("oidc-credentials.json")).toBe(credentials);
  expect(await world.status("/v2/")).toBe(200);
  expect(await world.status(`/v2/${revision}/tags/list`)).toBe(401);
}

/** What a test that failed has left is no matter of the next one. */
async function begin(): Promise<void> {
  if (!(await world.compare(good())).inSync) await world.deploy(good());
  await serves(good());
}

/** The fault is gone: a plain apply repairs whatever it left, and the one after it has nothing to do. */
async function repaired(desired: DesiredHost): Promise<void> {
  await world.deploy(desired);
  await serves(desired);
  expect(await world.compare(desired)).toMatchObject({ inSync: true, report: [] });
  if (desired.credentials === better().credentials) turn++;
}

describe("a zot that is broken", () => {
  afterEach(() => world.zot.fault("none"));

  const { startSeconds } = QUICK.limits;
  // One that never listens is not waited for; one that answers has to come up first.
  const FAULTS: [ZotFault, RegExp, number][] = [
    [
      "refuses-to-verify",
      /refused: zot verify refuses the config: .*this zot refuses everything/,
      startSeconds,
    ],
    ["dies-at-start", /refused: zot was tried .* it ended at its start: .*this zot dies/, startSeconds],
    ["never-listens", /refused: zot was tried .* answers 000/, 1],
    ["answers-500", /refused: zot was tried .* answers 500/, NEVER_UP.limits.startSeconds],
  ];

  test("it refuses to verify, dies, never listens, answers 500: the running one is not touched", async () => {
    await begin();
    const pid = world.zotPid();
    for (const [fault, message, seconds] of FAULTS) {
      world.zot.fault(fault);
      const limits = { ...QUICK.limits, startSeconds: seconds };
      await expect(world.deploy(better(), { limits })).rejects.toThrow(message);
      expect(world.zotPid()).toBe(pid);
      await serves(good());
    }
    world.zot.fault("none");
    await repaired(better());
  });

  test("it is not there", async () => {
    await begin();
    renameSync(world.zot.path, `${world.zot.path}.away`);
    try {
      await expect(world.deploy(better())).rejects.toThrow(
        // In a container it is the image that has none, which its runtime says.
        world.host.layout.container
          ? /refused: zot verify refuses .*: Error: .* no such file or directory/
          : /refused: .* is not an executable file/,
      );
    } finally {
      renameSync(`${world.zot.path}.away`, world.zot.path);
    }
    await serves(good());
    await repaired(better());
  });
});

test("a port that somebody else holds: back to the old set, on its old port", async () => {
  await begin();
  const holder: Server = createServer((socket) => socket.destroy()).listen(0, "127.0.0.1");
  await until("the port is held", () => holder.listening);
  const address = holder.address();
  const port = typeof address === "object" && address ? address.port : 0;
  const wanted = { ...world.desired({ port }), allow: ["moveAddress" as const] };
  const change = { loopbackUrl: `http://127.0.0.1:${port}`, ...NEVER_UP };
  await expect(world.deploy(wanted, change)).rejects.toThrow(
    /rolled-back: .* rolled back to the last known good set, which serves/,
  );
  await serves(good());
  await new Promise<void>((resolve) => holder.close(() => resolve()));
  await repaired(good());
});

test("a service manager that fails to restart: the old process goes on", async () => {
  await begin();
  const service = { manager: "command", manage: false, launcher: true, restart: "exit 1" } as const;
  await expect(world.deploy(better(), { service })).rejects.toThrow(
    "rolled-back: the service did not restart",
  );
  await serves(good());
  await repaired(better());
});

test("a reload that zot does not see: restarted instead", async () => {
  await begin();
  copyFileSync(file("zot-access/current/live.json"), file("copy"));
  renameSync(file("copy"), file("zot-access/current/live.json"));
  expect((await world.deploy(otherRules(), QUICK)).outcome).toBe("restarted");
  await repaired(good());
});

describe("an issuer that", () => {
  afterEach(async () => {
    world.issuer.mood = "well";
    await world.issuer.setUp(true);
  });

  test("answers slowly or without an end, names another, talks rubbish, fails: nothing is restarted", async () => {
    await begin();
    const pid = world.zotPid();
    for (const mood of ["slow", "other", "rubbish", "error", "endless"] as const) {
      world.issuer.mood = mood;
      await expect(world.deploy(better())).rejects.toThrow(/refused: zot is not restarted while its issuer/);
      expect(world.zotPid()).toBe(pid);
      await serves(good());
    }
    await expect(world.deploy(better())).rejects.toThrow("its discovery document is larger than a megabyte");
    expect(world.issuer.longest).toBeLessThan(64 << 20);
    world.issuer.mood = "well";
    await repaired(better());
  });

  test("is down: no restart, while new access rules still get through", async () => {
    await begin();
    await world.issuer.setUp(false);
    await expect(world.deploy(better())).rejects.toThrow(/refused: zot is not restarted while its issuer/);
    expect((await world.deploy(otherRules())).outcome).toBe("reloaded");
    await serves(otherRules());
    await world.issuer.setUp(true);
    await repaired(good());
  });

  test("is down through a reboot: access rules reach the fallback, and survive until the full config is back", async () => {
    await begin();
    await world.issuer.setUp(false);
    await world.host.reboot();
    expect((await world.probe()).mode).toBe("fallback");
    const wanted = otherRules();
    expect((await world.deploy(wanted)).outcome).toBe("reloaded");
    await serves(wanted);
    await world.issuer.setUp(true);
    await until("logins are back", async () => (await world.status("/zot/auth/login?provider=oidc")) === 302);
    await serves(wanted);
    expect((await world.probe()).mode).toBe("full");
    await repaired(good());
  });
});

describe("two at once", () => {
  test("wait for each other, and the host ends with one of them whole", async () => {
    await begin();
    const other = world.desired({ secret: "another" });
    const results = await Promise.all([world.deploy(better()), world.deploy(other)]);
    expect(results.map(({ outcome }) => outcome)).toEqual(["restarted", "restarted"]);
    const held = [better(), other].find(
      ({ credentials }) => credentials === world.held("oidc-credentials.json"),
    );
    await repaired(held ?? good());
  });

  test("the second gives up in time, and names the lock's holder and its age", async () => {
    await begin();
    const { generation } = await world.compare(better());
    step.holdAt(SWITCH);
    const first = world.apply(better(), generation);
    expect(await reached(step, first)).toBe(true);
    const stdout = await world.apply(good(), "other", { limits: { ...QUICK.limits, lockSeconds: 1 } });
    expect(stdout).toMatch(
      /refused .* held by process \d+ since \d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ from 127\.0\.0\.1/,
    );
    step.letGo();
    expect(await first).toContain("zot-access-result restarted");
    await repaired(better());
  });
});

test("after a reboot right behind the switch the new set serves, counts as unproven, and is proven by the next apply", async () => {
  await begin();
  const { generation } = await world.compare(better());
  step.holdAfter(SWITCH);
  const run = world.apply(better(), generation);
  expect(await reached(step, run)).toBe(true);
  await world.host.reboot();
  step.letGo();
  await run.catch(() => undefined);
  await serves(better());
  expect((await world.compare(better())).report).toEqual([
    "the last deploy was interrupted before its proof",
  ]);
  await repaired(better());
});

test("a signal at the switch: TERM and INT roll back, HUP lets it finish", async () => {
  await begin();
  const home = join(world.root, "home");
  for (const signal of ["SIGTERM", "SIGINT", "SIGHUP"] as const) {
    const { generation } = await world.compare(better());
    step.holdAfter(SWITCH);
    const run = world.apply(better(), generation);
    expect(await reached(step, run)).toBe(true);
    process.kill(parentOf(lockHolder(world.host.layout) ?? 0), signal);
    step.letGo();
    const stdout = await run;
    await until("nothing of it runs any more", () => sessionsOf(home).length === 0);
    if (signal === "SIGHUP") await serves(better());
    else {
      expect(stdout).toContain(
        "rolled-back gapMs=- stopped by a signal; rolled back to the last known good set, which serves",
      );
      await serves(good());
    }
  }
  await repaired(better());
});

test("a clock that is an hour off is warned of, and no deadline depends on it", async () => {
  await begin();
  writeFileSync(
    join(world.root, "steps/bin/date"),
    `#!/bin/sh
PATH=/usr/bin:/bin
[ "$*" != +%s ] || { echo $(($(date +%s) + 3600)); exit; }
exec date "$@"
`,
    { mode: 0o755 },
  );
  try {
    expect((await world.compare(good())).warnings).toEqual([expect.stringMatching(/clock is 3\d{3} s off/)]);
    expect((await world.deploy(better())).outcome).toBe("restarted");
  } finally {
    renameSync(join(world.root, "steps/bin/date"), join(world.root, "steps/date"));
  }
  await repaired(better());
});

describe("a host key that is not the pinned one", () => {
  test("ends the connection and names both", async () => {
    const { publicKey } = generateKeyPairSync("ed25519");
    const jwk = publicKey.export({ format: "jwk" });
    const raw = Buffer.from(jwk.x ?? "", "base64url");
    const name = Buffer.from("ssh-ed25519");
    const size = (buffer: Buffer) => Buffer.from([0, 0, 0, buffer.length]);
    const hostKey = `ssh-ed25519 ${Buffer.concat([size(name), name, size(raw), raw]).toString("base64")}`;
    expect(utils.parseKey(hostKey)).not.toBeInstanceOf(Error);
    await expect(probeHost({ ...world.host.ssh, hostKey }, world.host.layout)).rejects.toThrow(
      /SHA256:\S+ instead of the pinned SHA256:\S+\./,
    );
  });

  test("is of another type: says that, too", async () => {
    const { publicKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
    const { n = "", e = "" } = publicKey.export({ format: "jwk" });
    const field = (bytes: Buffer): Buffer => {
      const size = Buffer.alloc(4);
      size.writeUInt32BE(bytes.length);
      return Buffer.concat([size, bytes]);
    };
    const modulus = Buffer.concat([Buffer.from([0]), Buffer.from(n, "base64url")]);
    const blob = Buffer.concat([
      field(Buffer.from("ssh-rsa")),
      field(Buffer.from(e, "base64url")),
      field(modulus),
    ]);
    const hostKey = `ssh-rsa ${blob.toString("base64")}`;
    await expect(probeHost({ ...world.host.ssh, hostKey }, world.host.layout)).rejects.toThrow(
      "only the type of the pinned host key, ssh-rsa SHA256:",
    );
  });

  test("is no key at all", async () => {
    await expect(probeHost({ ...world.host.ssh, hostKey: "SHA256:abc" }, world.host.layout)).rejects.toThrow(
      "ssh-keyscan",
    );
  });
});

test("no fault leaves a process behind", async () => {
  await until("the sessions are gone", () => sessionsOf(join(world.root, "home")).length === 0);
});
