import { applyCommand, applyInput, parseOutcome } from "../../../systems/host/payload";
import { restoreHost } from "../../../systems/host/restore";
import { runOverSsh } from "../../../systems/host/ssh";
import { inShell } from "./support/in-shell";
import { SSH_SECONDS, startHostWorld } from "./support/world";

describe("bash as sh", () => inShell(["bash", "--posix"]));

test("a server that reports success for everything hides no failure", async () => {
  const lying = await startHostWorld({ alwaysExitsZero: true });
  try {
    lying.zot.fault("dies-at-start");
    const wanted = lying.desired({ secret: "other" });
    const first = await lying.compare(wanted);
    const input = applyInput(lying.host.layout, wanted);
    const { code, stdout } = await runOverSsh(
      lying.host.ssh,
      applyCommand(first.generation),
      input,
      SSH_SECONDS,
    );
    expect(code).toBe(0);
    expect(() => parseOutcome(stdout)).toThrow("refused");
    lying.zot.fault("none");
    // Pulumi has stored the inputs of an update that it takes for a success: they must not be those of the next one.
    const second = await lying.compare(wanted);
    expect(second.generation).not.toBe(first.generation);
    expect((await lying.deploy(wanted)).outcome).toBe("restarted");

    const { ssh, layout } = lying.host;
    const service = { manager: "command", manage: false, launcher: true, restart: "exit 1" } as const;
    await expect(restoreHost(ssh, { ...layout, service })).rejects.toThrow(
      /rolled-back: the service did not restart: ; rolled back to the last known good set, which serves/,
    );
    expect((await lying.compare(wanted)).report).toEqual([]);
    expect((await restoreHost(ssh, layout)).outcome).toBe("restarted");
    expect(await lying.status("/v2/a/b/blobs/uploads/", { method: "POST" })).toBe(202);
    expect((await restoreHost(ssh, layout)).outcome).toBe("unchanged");
  } finally {
    await lying.stop();
  }
});
