import { until } from "../../../rehearsal/host/until";
import { faultyHost } from "./support/faulty-host";

const host = faultyHost();

describe("an issuer that", () => {
  afterEach(async () => {
    host.world.issuer.mood = "well";
    await host.world.issuer.setUp(true);
  });

  test("answers slowly or without an end, names another, talks rubbish, fails: nothing is restarted", async () => {
    await host.begin();
    const pid = host.world.zotPid();
    for (const mood of ["slow", "other", "rubbish", "error", "endless"] as const) {
      host.world.issuer.mood = mood;
      await expect(host.world.deploy(host.better())).rejects.toThrow(
        /refused: zot is not restarted while its issuer/,
      );
      expect(host.world.zotPid()).toBe(pid);
      await host.serves(host.good());
    }
    await expect(host.world.deploy(host.better())).rejects.toThrow(
      "its discovery document is larger than a megabyte",
    );
    expect(host.world.issuer.longest).toBeLessThan(64 << 20);
    host.world.issuer.mood = "well";
    await host.repaired(host.better());
  });

  test("is down: no restart, while new access rules still get through", async () => {
    await host.begin();
    await host.world.issuer.setUp(false);
    await expect(host.world.deploy(host.better())).rejects.toThrow(
      /refused: zot is not restarted while its issuer/,
    );
    expect((await host.world.deploy(host.otherRules())).outcome).toBe("reloaded");
    await host.serves(host.otherRules());
    await host.world.issuer.setUp(true);
    await host.repaired(host.good());
  });

  test("is down through a reboot: access rules reach the fallback, and survive until the full config is back", async () => {
    await host.begin();
    await host.world.issuer.setUp(false);
    await host.world.host.reboot();
    expect((await host.world.probe()).mode).toBe("fallback");
    const wanted = host.otherRules();
    expect((await host.world.deploy(wanted)).outcome).toBe("reloaded");
    await host.serves(wanted);
    await host.world.issuer.setUp(true);
    await until(
      "logins are back",
      async () => (await host.world.status("/zot/auth/login?provider=oidc")) === 302,
    );
    await host.serves(wanted);
    expect((await host.world.probe()).mode).toBe("full");
    await host.repaired(host.good());
  });
});

test("no fault of an issuer leaves a process behind", () => host.idle());
