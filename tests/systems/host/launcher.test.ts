import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { killAll } from "../../../rehearsal/host/processes";
import { until } from "../../../rehearsal/host/until";
import { startIssuer } from "./support/issuer";
import { ended, withLaunched } from "./support/launched";
import { CONTAINED, POLLING } from "./support/world";

// Most of it is waiting for deadlines, so the tests wait side by side.
test.concurrent(
  "the issuer answers: the full config, and one zot",
  withLaunched(async ({ launch, log, logsIn, zots }) => {
    launch();
    await logsIn();
    expect(log()).not.toContain("WARNING");
    expect(zots()).toHaveLength(1);
  }),
);

test.concurrent(
  "with the issuer away at boot pulls work, missing logins are logged, and they return by themselves",
  withLaunched(async ({ issuer, launch, log, login, serves, logsIn, zots }) => {
    await issuer.setUp(false);
    launch();
    await serves();
    expect(await login()).toBe(404);
    expect(log()).toMatch(/WARNING: .* does not answer .* WITHOUT logins/);
    await issuer.setUp(true);
    await logsIn();
    expect(log()).toContain("answers again");
    expect(zots()).toHaveLength(1);
  }),
);

test.concurrent(
  "a clock that is set back while it waits for the issuer keeps no registry from serving",
  withLaunched(async ({ issuer, launch, root, serves }) => {
    const folder = join(root, "clock");
    mkdirSync(folder);
    writeFileSync(
      join(folder, "date"),
      `#!/bin/sh
PATH=/usr/bin:/bin
[ "$*" != +%s ] || [ -e "${folder}/set" ] || { : >"${folder}/set" && echo $(($(date +%s) + 3600)) && exit; }
exec date "$@"
`,
      { mode: 0o755 },
    );
    await issuer.setUp(false);
    launch(["/bin/sh"], folder);
    await serves();
  }),
);

test.concurrent.each(["rubbish", "other", "error", "slow", "endless"] as const)(
  "an issuer that answers %s counts as away",
  (mood) =>
    withLaunched(async ({ issuer, launch, login, serves, logsIn }) => {
      issuer.mood = mood;
      launch();
      await serves();
      expect(await login()).toBe(404);
      issuer.mood = "well";
      await logsIn();
    })(),
);

test.concurrent(
  "an issuer with an untrusted certificate counts as away",
  withLaunched(async ({ launch, log, login, serves, install, root }) => {
    const name = join(root, "tls");
    execFileSync(
      "openssl",
      [
        "req",
        "-x509",
        "-newkey",
        "rsa:2048",
        "-nodes",
        "-subj",
        "/CN=nobody",
        "-days",
        "2",
        "-keyout",
        `${name}.key`,
        "-out",
        `${name}.crt`,
      ],
      { stdio: "ignore" },
    );
    const secure = await startIssuer({
      key: readFileSync(`${name}.key`, "utf8"),
      cert: readFileSync(`${name}.crt`, "utf8"),
    });
    try {
      install(secure.url);
      launch();
      await serves();
      expect(await login()).toBe(404);
      expect(log()).toMatch(/WARNING: .*(certificate|SSL)/i);
    } finally {
      await secure.stop();
    }
  }),
);

test.concurrent(
  "with an issuer that curl accepts and zot refuses, the fallback serves instead of a crash loop",
  withLaunched(async ({ zot, launch, log, login, serves, logsIn }) => {
    zot.fault("dies-with-login");
    launch();
    await serves();
    expect(log()).toContain("ended with status 2 right after its start");
    expect(await login()).toBe(404);
    zot.fault("none");
    await logsIn();
  }),
);

test.concurrent(
  "a zot or runtime that hangs when asked for its version keeps the launcher from neither issuer nor signal",
  withLaunched(async ({ zot, issuer, launch, serves, logsIn, zots }) => {
    zot.fault("hangs-in-version");
    await issuer.setUp(false);
    const launcher = launch();
    await serves();
    await issuer.setUp(true);
    await logsIn();
    launcher.kill("SIGTERM");
    await ended(launcher);
    expect(zots()).toEqual([]);
  }),
);

test.concurrent(
  "SIGTERM is passed to zot, which ends first; the launcher returns its exit code",
  withLaunched(async ({ launch, logsIn, zots }) => {
    const launcher = launch();
    await logsIn();
    launcher.kill("SIGTERM");
    await ended(launcher);
    expect(launcher.exitCode).toBe(0);
    expect(zots()).toEqual([]);
  }),
);

test.concurrent(
  "a zot that does not end on SIGTERM: it serves until the launcher kills it, whoever asked",
  withLaunched(async ({ install, issuer, launch, log, logsIn, serves, status, zots }) => {
    install(issuer.url, POLLING);
    const launcher = launch();
    await logsIn();
    launcher.kill("SIGTERM");
    await until("zot knows", () => log().includes("received signal"));
    expect(await status("/v2/")).toBe(200);
    await ended(launcher);
    expect(zots()).toEqual([]);
    // The runtime itself kills the process of a container.
    if (!CONTAINED) expect(log()).toContain("did not end within 5s of SIGTERM: killing it");

    await issuer.setUp(false);
    launch();
    await serves();
    await issuer.setUp(true);
    await logsIn();
    expect(zots()).toHaveLength(1);
  }),
);

test.concurrent(
  "SIGTERM while it waits for the issuer starts nothing",
  withLaunched(async ({ issuer, launch, zots }) => {
    issuer.mood = "slow";
    const launcher = launch();
    await until("it asks", () => issuer.asked > 0);
    launcher.kill("SIGTERM");
    await ended(launcher);
    expect(zots()).toEqual([]);
  }),
);

test.concurrent(
  "a zot that dies later ends the launcher, so that the supervisor starts both again",
  withLaunched(async ({ launch, logsIn, zots, status }) => {
    const launcher = launch();
    await logsIn();
    killAll(zots());
    await until(
      "the launcher ends or serves again",
      async () => launcher.exitCode !== null || (await status("/v2/")) === 200,
    );
    expect(zots().length).toBeLessThanOrEqual(1);
  }),
);

test.concurrent(
  "the next launcher ends the zot of a killed one before it starts its own",
  withLaunched(async ({ launch, log, logsIn, started, zots }) => {
    const killed = launch();
    await logsIn();
    const [orphan] = zots();
    const left = started();
    killed.kill("SIGKILL");
    await until("the launcher is gone", () => killed.signalCode !== null);
    expect(zots()).toEqual([orphan]);
    launch();
    await until("another zot runs", () => zots().length === 1 && zots()[0] !== orphan);
    await logsIn();
    expect(log()).toContain(`ending a zot (pid ${left})`);
  }),
);

test.concurrent(
  "a second launcher leaves the first one alone",
  withLaunched(async ({ launch, log, logsIn, zots }) => {
    launch();
    await logsIn();
    const [first] = zots();
    const second = launch();
    await ended(second);
    expect(second.exitCode).toBe(1);
    expect(log()).toContain("another launcher");
    expect(zots()).toEqual([first]);
  }),
);

test.concurrent.each([[["bash", "--posix"]], [["busybox", "sh"]]])("runs under %j, too", (shell) =>
  withLaunched(async ({ issuer, launch, serves, logsIn, zots }) => {
    if (!["/bin", "/usr/bin"].some((folder) => existsSync(join(folder, shell[0] ?? "")))) return;
    await issuer.setUp(false);
    const launcher = launch(shell);
    await serves();
    await issuer.setUp(true);
    await logsIn();
    launcher.kill("SIGTERM");
    await ended(launcher);
    expect(zots()).toEqual([]);
  })(),
);
