import { copyFileSync, renameSync } from "node:fs";
import { createServer, type Server } from "node:net";
import { join } from "node:path";
import { generateKeyPairSync } from "node:crypto";
import { utils } from "ssh2";
import { probeHost } from "../../../systems/host/probe";
import { until } from "../../../rehearsal/host/until";
import { faultyHost, QUICK } from "./support/faulty-host";
import { NEVER_UP } from "./support/world";
import type { ZotFault } from "./support/zot-binary";

const host = faultyHost();
const file = (name: string) => join(host.world.host.layout.configFolder, name);

describe("a zot that is broken", () => {
  afterEach(() => host.world.zot.fault("none"));

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
    await host.begin();
    const pid = host.world.zotPid();
    for (const [fault, message, seconds] of FAULTS) {
      host.world.zot.fault(fault);
      const limits = { ...QUICK.limits, startSeconds: seconds };
      await expect(host.world.deploy(host.better(), { limits })).rejects.toThrow(message);
      expect(host.world.zotPid()).toBe(pid);
      await host.serves(host.good());
    }
    host.world.zot.fault("none");
    await host.repaired(host.better());
  });

  test("it is not there", async () => {
    await host.begin();
    renameSync(host.world.zot.path, `${host.world.zot.path}.away`);
    try {
      await expect(host.world.deploy(host.better())).rejects.toThrow(
        // In a container it is the image that has none, which its runtime says.
        host.world.host.layout.container
          ? /refused: zot verify refuses .*: Error: .* no such file or directory/
          : /refused: .* is not an executable file/,
      );
    } finally {
      renameSync(`${host.world.zot.path}.away`, host.world.zot.path);
    }
    await host.serves(host.good());
    await host.repaired(host.better());
  });
});

test("a port that somebody else holds: back to the old set, on its old port", async () => {
  await host.begin();
  const holder: Server = createServer((socket) => socket.destroy()).listen(0, "127.0.0.1");
  await until("the port is held", () => holder.listening);
  const address = holder.address();
  const port = typeof address === "object" && address ? address.port : 0;
  const wanted = { ...host.world.desired({ port }), allow: ["moveAddress" as const] };
  const change = { loopbackUrl: `http://127.0.0.1:${port}`, ...NEVER_UP };
  await expect(host.world.deploy(wanted, change)).rejects.toThrow(
    /rolled-back: .* rolled back to the last known good set, which serves/,
  );
  await host.serves(host.good());
  await new Promise<void>((resolve) => holder.close(() => resolve()));
  await host.repaired(host.good());
});

test("a service manager that fails to restart: the old process goes on", async () => {
  await host.begin();
  const service = { manager: "command", manage: false, launcher: true, restart: "exit 1" } as const;
  await expect(host.world.deploy(host.better(), { service })).rejects.toThrow(
    "rolled-back: the service did not restart",
  );
  await host.serves(host.good());
  await host.repaired(host.better());
});

test("a reload that zot does not see: restarted instead", async () => {
  await host.begin();
  copyFileSync(file("zot-access/current/live.json"), file("copy"));
  renameSync(file("copy"), file("zot-access/current/live.json"));
  expect((await host.world.deploy(host.otherRules(), QUICK)).outcome).toBe("restarted");
  await host.repaired(host.good());
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
    await expect(probeHost({ ...host.world.host.ssh, hostKey }, host.world.host.layout)).rejects.toThrow(
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
    await expect(probeHost({ ...host.world.host.ssh, hostKey }, host.world.host.layout)).rejects.toThrow(
      "only the type of the pinned host key, ssh-rsa SHA256:",
    );
  });

  test("is no key at all", async () => {
    await expect(
      probeHost({ ...host.world.host.ssh, hostKey: "SHA256:abc" }, host.world.host.layout),
    ).rejects.toThrow("ssh-keyscan");
  });
});

test("no fault leaves a process behind", () => host.idle());
