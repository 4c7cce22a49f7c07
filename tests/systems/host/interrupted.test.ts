import { renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { sessionsOf } from "../../../rehearsal/host/processes";
import { until } from "../../../rehearsal/host/until";
import { lockHolder, parentOf } from "./support/cut";
import { faultyHost, QUICK, SWITCH } from "./support/faulty-host";
import { reached } from "./support/steps";

/* Deploys beside each other, deploys that are interrupted at the switch, and a wrong clock. */
const host = faultyHost();

describe("two at once", () => {
  test("wait for each other, and the host ends with one of them whole", async () => {
    await host.begin();
    const other = host.world.desired({ secret: "another" });
    const results = await Promise.all([host.world.deploy(host.better()), host.world.deploy(other)]);
    expect(results.map(({ outcome }) => outcome)).toEqual(["restarted", "restarted"]);
    const held = [host.better(), other].find(
      ({ credentials }) => credentials === host.world.held("oidc-credentials.json"),
    );
    await host.repaired(held ?? host.good());
  });

  test("the second gives up in time, and names the lock's holder and its age", async () => {
    await host.begin();
    const { generation } = await host.world.compare(host.better());
    host.step.holdAt(SWITCH);
    const first = host.world.apply(host.better(), generation);
    expect(await reached(host.step, first)).toBe(true);
    const stdout = await host.world.apply(host.good(), "other", {
      limits: { ...QUICK.limits, lockSeconds: 1 },
    });
    expect(stdout).toMatch(
      /refused .* held by process \d+ since \d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ from 127\.0\.0\.1/,
    );
    host.step.letGo();
    expect(await first).toContain("zot-access-result restarted");
    await host.repaired(host.better());
  });
});

test("after a reboot right behind the switch the new set serves, counts as unproven, and is proven by the next apply", async () => {
  await host.begin();
  const { generation } = await host.world.compare(host.better());
  host.step.holdAfter(SWITCH);
  const run = host.world.apply(host.better(), generation);
  expect(await reached(host.step, run)).toBe(true);
  await host.world.host.reboot();
  host.step.letGo();
  await run.catch(() => undefined);
  await host.serves(host.better());
  expect((await host.world.compare(host.better())).report).toEqual([
    "the last deploy was interrupted before its proof",
  ]);
  await host.repaired(host.better());
});

test("a signal at the switch: TERM and INT roll back, HUP lets it finish", async () => {
  await host.begin();
  const home = join(host.world.root, "home");
  for (const signal of ["SIGTERM", "SIGINT", "SIGHUP"] as const) {
    const { generation } = await host.world.compare(host.better());
    host.step.holdAfter(SWITCH);
    const run = host.world.apply(host.better(), generation);
    expect(await reached(host.step, run)).toBe(true);
    process.kill(parentOf(lockHolder(host.world.host.layout) ?? 0), signal);
    host.step.letGo();
    const stdout = await run;
    await until("nothing of it runs any more", () => sessionsOf(home).length === 0);
    if (signal === "SIGHUP") await host.serves(host.better());
    else {
      expect(stdout).toContain(
        "rolled-back gapMs=- stopped by a signal; rolled back to the last known good set, which serves",
      );
      await host.serves(host.good());
    }
  }
  await host.repaired(host.better());
});

test("a clock that is an hour off is warned of, and no deadline depends on it", async () => {
  await host.begin();
  writeFileSync(
    join(host.world.root, "steps/bin/date"),
    `#!/bin/sh
PATH=/usr/bin:/bin
[ "$*" != +%s ] || { echo $(($(date +%s) + 3600)); exit; }
exec date "$@"
`,
    { mode: 0o755 },
  );
  try {
    expect((await host.world.compare(host.good())).warnings).toEqual([
      expect.stringMatching(/clock is 3\d{3} s off/),
    ]);
    expect((await host.world.deploy(host.better())).outcome).toBe("restarted");
  } finally {
    renameSync(join(host.world.root, "steps/bin/date"), join(host.world.root, "steps/date"));
  }
  await host.repaired(host.better());
});

test("no interruption leaves a process behind", () => host.idle());
