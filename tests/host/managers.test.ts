import {
  chmodSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { compareHost } from "../../host/drift";
import { applyCommand, applyInput, parseOutcome, restoreCommand } from "../../host/payload";
import { probeHost } from "../../host/probe";
import { runOverSsh } from "../../host/ssh";
import type { ApplyResult, Comparison, DesiredHost, HostLayout, Service } from "../../host/types";
import { openConfig } from "../../rehearsal/host";
import { killAll, processesOf } from "../../rehearsal/host/processes";
import { type Sshd, startSshd } from "../../rehearsal/host/sshd";
import { until } from "../../rehearsal/host/until";
import { type Issuer, startIssuer } from "./support/issuer";
import { desiredFor, LIMITS, type Wanted } from "./support/world";
import { type ZotBinary, zotBinary } from "./support/zot-binary";

jest.setTimeout(120_000);

const LABEL = "org.example.zot";
const uid = String(process.getuid?.() ?? 0);

let root: string;
let home: string;
let fakes: string;
let sshd: Sshd;
let issuer: Issuer;
let zot: ZotBinary;
let layout: HostLayout;

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  await new Promise<void>((resolve) => server.close(() => resolve()));
  return typeof address === "object" && address ? address.port : 0;
}

/** A host whose service manager is a fake, with nothing of zot on it yet. */
async function host(service: Service): Promise<void> {
  root = mkdtempSync(join(tmpdir(), "zot-access-managers-"));
  home = join(root, "home");
  fakes = join(root, "fakes");
  mkdirSync(join(fakes, "launchd"), { recursive: true });
  writeFileSync(join(fakes, "launchd/gui"), "");
  for (const name of ["launchctl", "systemctl"]) {
    copyFileSync(join(__dirname, `support/${name}.sh`), join(fakes, name));
    chmodSync(join(fakes, name), 0o755);
  }
  copyFileSync(join(__dirname, "support/keep-alive.sh"), join(fakes, "keep-alive.sh"));
  mkdirSync(home);
  issuer = await startIssuer();
  zot = zotBinary(join(root, "bin"));
  const configFolder = join(home, ".config/zot");
  const loopbackUrl = `http://127.0.0.1:${await freePort()}`;
  layout = {
    configFolder,
    dataFolder: join(home, "zot"),
    zotBinary: zot.path,
    loopbackUrl,
    service,
    limits: { ...LIMITS, startSeconds: 7 },
  };
  sshd = await startSshd({
    folder: join(root, "ssh"),
    home,
    port: await freePort(),
    path: `${fakes}:/usr/bin:/bin`,
    environment: { FAKE_SERVICES: fakes },
  });
}
afterEach(async () => {
  await until("the host's processes end", () => {
    killAll(processesOf(home));
    return processesOf(home).length === 0;
  });
  await sshd.stop();
  await issuer.stop();
  rmSync(root, { recursive: true, force: true });
});

const shell = async (command: string): Promise<string> =>
  (await runOverSsh(sshd.target, command, "", 20)).stdout;
const desired = (wanted?: Wanted): DesiredHost =>
  desiredFor({ layout, registryUrl: layout.loopbackUrl }, issuer.url, wanted);
const compare = async (wanted: DesiredHost): Promise<Comparison> =>
  compareHost(layout, wanted, await probeHost(sshd.target, layout));
async function deploy(wanted: DesiredHost): Promise<ApplyResult> {
  const { generation } = await compare(wanted);
  const input = applyInput(layout, wanted);
  return parseOutcome(
    (await runOverSsh(sshd.target, applyCommand(generation, wanted.expectedVersion), input, 110)).stdout,
  );
}
const status = async (path: string, init?: RequestInit): Promise<number> => {
  const answer = await fetch(layout.loopbackUrl + path, { redirect: "manual", ...init }).catch(
    () => undefined,
  );
  return answer?.status ?? 0;
};
const push = () => status("/v2/a/b/blobs/uploads/", { method: "POST" });
const serves = () => until("the registry serves", async () => (await status("/v2/")) === 200);

describe("launchd", () => {
  const agent: Service = { manager: "launchd", label: LABEL, manage: true };
  const plist = () => join(home, "Library/LaunchAgents", `${LABEL}.plist`);
  const target = `gui/${uid}/${LABEL}`;

  /** The agent that this project takes over: zot itself, with a config that lets everybody push. */
  async function openRegistry(): Promise<string> {
    mkdirSync(join(home, "Library/LaunchAgents"), { recursive: true });
    mkdirSync(layout.configFolder, { recursive: true });
    const port = Number(new URL(layout.loopbackUrl).port);
    writeFileSync(join(layout.configFolder, "config.json"), openConfig(port, layout.dataFolder));
    const text = `<plist><dict>
<key>Label</key>
<string>${LABEL}</string>
<key>ProgramArguments</key>
<array>
<string>${zot.path}</string>
<string>serve</string>
<string>${join(layout.configFolder, "config.json")}</string>
</array>
</dict></plist>
`;
    writeFileSync(plist(), text);
    await shell(`launchctl bootstrap gui/${uid} ${plist()}`);
    await serves();
    return text;
  }

  test("takes an agent over, keeps it, and gives it back", async () => {
    await host(agent);
    const before = await openRegistry();
    expect(await push()).toBe(202);
    expect((await compare(desired())).report).toContain("service differs");

    expect((await deploy(desired())).outcome).toBe("restarted");
    expect(await push()).toBe(401);
    expect(readFileSync(plist(), "utf8")).toContain("zot-access/current/launcher.sh");
    expect(await shell(`launchctl print ${target}`)).toContain("state = running");
    expect(await compare(desired())).toMatchObject({ inSync: true });
    expect((await deploy(desired())).outcome).toBe("unchanged");

    const loadedAs = await shell(`launchctl print ${target}`);
    expect((await deploy(desired({ writers: ["others"] }))).outcome).toBe("reloaded");
    expect(await shell(`launchctl print ${target}`)).toBe(loadedAs);
    expect((await deploy(desired({ secret: "another" }))).outcome).toBe("restarted");

    writeFileSync(plist(), before);
    expect((await compare(desired({ secret: "another" }))).report).toEqual(["service differs"]);
    expect((await deploy(desired({ secret: "another" }))).outcome).toBe("restarted");
    expect(readFileSync(plist(), "utf8")).toContain("launcher.sh");

    const input = applyInput(layout, desired());
    expect(parseOutcome((await runOverSsh(sshd.target, restoreCommand(), input, 60)).stdout).outcome).toBe(
      "restarted",
    );
    expect(readFileSync(plist(), "utf8")).toBe(before);
    expect(await push()).toBe(202);
  });

  test("an agent whose new definition does not work: the old one is back, byte for byte, and loaded", async () => {
    await host(agent);
    const before = await openRegistry();
    zot.fault("dies-in-the-launcher");
    await expect(deploy(desired())).rejects.toThrow("rolled-back");
    expect(readFileSync(plist(), "utf8")).toBe(before);
    expect(await push()).toBe(202);
    zot.fault("none");
    expect((await deploy(desired())).outcome).toBe("restarted");
  });

  test("a label that was disabled, or is not loaded, comes up all the same", async () => {
    await host(agent);
    await openRegistry();
    await deploy(desired());
    await shell(`launchctl disable ${target}; launchctl bootout ${target}`);
    await until("it is gone", async () => (await status("/v2/")) === 0);
    expect((await compare(desired())).report).toEqual(["not serving"]);
    expect((await deploy(desired())).outcome).toBe("restarted");
    expect(await compare(desired())).toMatchObject({ inSync: true });
  });

  test("nobody is logged in: says what launchctl said, and leaves no half of it", async () => {
    await host(agent);
    rmSync(join(fakes, "launchd/gui"));
    await expect(deploy(desired())).rejects.toThrow(
      /rolled-back: .*Domain does not support specified action: set the service's domain to user/,
    );
    expect(existsSync(plist())).toBe(false);
    expect(existsSync(join(layout.configFolder, "config.json"))).toBe(false);
    writeFileSync(join(fakes, "launchd/gui"), "");
    expect((await deploy(desired())).outcome).toBe("restarted");
  });

  test("an agent that another tool owns is restarted and never rewritten; it has no launcher, so zot itself opens the set", async () => {
    await host({ ...agent, manage: false });
    const before = await openRegistry();
    expect((await deploy(desired())).outcome).toBe("restarted");
    expect(readFileSync(plist(), "utf8")).toBe(before);
    expect(await push()).toBe(401);
    expect((await deploy(desired({ writers: ["others"] }))).outcome).toBe("reloaded");
    expect(await compare(desired({ writers: ["others"] }))).toMatchObject({ inSync: true });
    await shell(`launchctl kickstart -k ${target}`);
    await until("zot runs again", async () => (await status("/v2/")) === 200);
    expect((await deploy(desired())).outcome).toBe("restarted");
    expect(await push()).toBe(401);
  });
});

describe("systemd", () => {
  const unit: Service = { manager: "systemd", unit: "zot.service", scope: "user", manage: true };
  const file = () => join(home, ".config/systemd/user/zot.service");

  test("sets up a host that had nothing, keeps it, and takes everything away again", async () => {
    await host(unit);
    expect((await deploy(desired())).outcome).toBe("restarted");
    expect(await push()).toBe(401);
    expect(existsSync(join(fakes, "systemd/enabled-zot.service"))).toBe(true);
    expect(await compare(desired())).toMatchObject({ inSync: true });
    expect((await deploy(desired({ secret: "another" }))).outcome).toBe("restarted");
    writeFileSync(file(), "[Service]\nExecStart=/bin/false\n");
    expect((await compare(desired({ secret: "another" }))).report).toEqual(["service differs"]);
    expect((await deploy(desired({ secret: "another" }))).outcome).toBe("restarted");
    expect(await compare(desired({ secret: "another" }))).toMatchObject({ inSync: true });
  });

  test("a first deploy that fails leaves nothing behind, and nothing running", async () => {
    await host(unit);
    zot.fault("dies-in-the-launcher");
    await expect(deploy(desired())).rejects.toThrow("rolled-back");
    expect(existsSync(file())).toBe(false);
    expect(existsSync(join(layout.configFolder, "config.json"))).toBe(false);
    expect(await status("/v2/")).toBe(0);
    zot.fault("none");
    expect((await deploy(desired())).outcome).toBe("restarted");
  });

  test("a unit that another tool owns is restarted by the command of the settings", async () => {
    const bus = "export XDG_RUNTIME_DIR=/run/user/0; systemctl --user";
    const restart = `${bus} restart zot.service && : >"$HOME/restarted"`;
    await host({ ...unit, manage: false, restart });
    mkdirSync(layout.configFolder, { recursive: true });
    mkdirSync(join(home, ".config/systemd/user"), { recursive: true });
    writeFileSync(
      join(layout.configFolder, "config.json"),
      openConfig(Number(new URL(layout.loopbackUrl).port), layout.dataFolder),
    );
    const text = `[Service]\nExecStart=${zot.path} serve ${layout.configFolder}/config.json\n`;
    writeFileSync(file(), text);
    await shell(`${bus} daemon-reload; ${bus} restart zot.service`);
    await serves();
    expect((await deploy(desired())).outcome).toBe("restarted");
    expect(existsSync(join(home, "restarted"))).toBe(true);
    expect(readFileSync(file(), "utf8")).toBe(text);
    expect(await push()).toBe(401);
  });
});
