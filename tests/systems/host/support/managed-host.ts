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
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { settleConfigFile } from "../../../../systems/host/config-file";
import { compareHost } from "../../../../systems/host/drift";
import { applyCommand, applyInput, parseOutcome, restoreCommand } from "../../../../systems/host/payload";
import { probeHost } from "../../../../systems/host/probe";
import { runOverSsh } from "../../../../systems/host/ssh";
import type {
  ApplyResult,
  Comparison,
  DesiredHost,
  HostLayout,
  Service,
  SshTarget,
} from "../../../../systems/host/types";
import type { Tree } from "../../../../systems/zot/config/read";
import { openConfig } from "../../../../rehearsal/host";
import { killAll, processesOf } from "../../../../rehearsal/host/processes";
import { startSshd } from "../../../../rehearsal/host/sshd";
import { until } from "../../../../rehearsal/host/until";
import { type Issuer, startIssuer } from "./issuer";
import { desiredFor, LIMITS, patient, SSH_SECONDS, type Wanted } from "./world";
import { type ZotBinary, zotBinary } from "./zot-binary";
import { freePort } from "../../../../rehearsal/host/free-port";

export const LABEL = "org.example.zot";
const BUS = "XDG_RUNTIME_DIR=/run/user/0 systemctl --user";
const uid = String(process.getuid?.() ?? 0);

/** A registry host whose service manager is a fake; there is nothing of zot on it at first. */
export interface ManagedHost {
  root: string;
  home: string;
  /** Folder of the fakes' state. */
  fakes: string;
  issuer: Issuer;
  ssh: SshTarget;
  layout: HostLayout & { readonly dataFolder: string };
  zot: ZotBinary;
  /** Where the service's definition lies. */
  definition: string;
  shell(command: string): Promise<string>;
  desired(wanted?: Wanted): DesiredHost;
  compare(wanted: DesiredHost): Promise<Comparison>;
  deploy(wanted: DesiredHost, change?: Partial<HostLayout>): Promise<ApplyResult>;
  restore(): Promise<ApplyResult>;
  /** Text of a file, undefined where there is none. */
  held(path: string): string | undefined;
  status(path: string, init?: RequestInit): Promise<number>;
  /** Status of an anonymous push: 202 where anybody may, 401 where nobody may, 0 where nothing serves. */
  push(): Promise<number>;
  serves(): Promise<void>;
  /** Where zot's config lies. */
  config: string;
  /** Writes a config that lets everybody push. */
  writeOpenConfig(file?: string, text?: (json: string) => string): void;
  /** The LaunchAgent that this project takes over: zot itself, with such a config. Returns its definition. */
  openAgent(file?: string, more?: { base?: Tree; exitTimeOut?: number }): Promise<string>;
  /** All processes of the host die at once; then the manager starts what lies there, as after a boot. */
  reboot(): Promise<void>;
  stop(): Promise<void>;
}

/** @param path PATH of the sessions besides the fakes. */
export async function startManagedHost(
  service: Service,
  { root = mkdtempSync(join(tmpdir(), "zot-access-managed-")), path = "/usr/bin:/bin" } = {},
): Promise<ManagedHost> {
  const home = join(root, "home");
  const fakes = join(root, "fakes");
  mkdirSync(join(fakes, "launchd"), { recursive: true });
  writeFileSync(join(fakes, "launchd/gui"), "");
  for (const name of ["launchctl", "systemctl"]) {
    copyFileSync(join(__dirname, `${name}.sh`), join(fakes, name));
    chmodSync(join(fakes, name), 0o755);
  }
  copyFileSync(join(__dirname, "keep-alive.sh"), join(fakes, "keep-alive.sh"));
  mkdirSync(home);
  const issuer = await startIssuer();
  const zot = zotBinary(join(root, "bin"));
  const configFolder = join(home, ".config/zot");
  const loopbackUrl = `http://127.0.0.1:${await freePort()}`;
  const layout = {
    configFolder,
    dataFolder: join(home, "zot"),
    zotBinary: zot.path,
    loopbackUrl,
    service,
    limits: LIMITS,
  };
  const sshd = await startSshd({
    folder: join(root, "ssh"),
    home,
    port: await freePort(),
    path: `${fakes}:${path}`,
    environment: { FAKE_SERVICES: fakes },
  });
  const definition = join(
    home,
    service.manager === "launchd"
      ? `Library/LaunchAgents/${LABEL}.plist`
      : ".config/systemd/user/zot.service",
  );
  const run = async (command: string, input = "") =>
    (await runOverSsh(sshd.target, command, input, SSH_SECONDS)).stdout;
  const halt = () =>
    until("the host's processes end", () => {
      killAll(processesOf(home));
      return processesOf(home).length === 0;
    });
  const host: ManagedHost = {
    root,
    home,
    fakes,
    issuer,
    ssh: sshd.target,
    layout,
    zot,
    definition,
    shell: run,
    desired: (wanted) => desiredFor({ layout, registryUrl: loopbackUrl }, issuer.url, wanted),
    compare: async (wanted) => compareHost(layout, wanted, await probeHost(sshd.target, layout)),
    async deploy(wanted, change) {
      const state = await probeHost(sshd.target, layout);
      const { generation } = compareHost(layout, wanted, state);
      const command = applyCommand(generation, wanted.expectedVersion);
      const given = { ...layout, limits: patient(layout.limits), ...change };
      return parseOutcome(await run(command, applyInput(settleConfigFile(given, state), wanted)));
    },
    restore: async () => parseOutcome(await run(restoreCommand(), applyInput(layout, host.desired()))),
    held: (file) => (existsSync(file) ? readFileSync(file, "utf8") : undefined),
    async status(at, init) {
      const answer = await fetch(loopbackUrl + at, { redirect: "manual", ...init }).catch(() => undefined);
      return answer?.status ?? 0;
    },
    push: () => host.status("/v2/a/b/blobs/uploads/", { method: "POST" }),
    serves: () => until("the registry serves", async () => (await host.status("/v2/")) === 200),
    config: join(configFolder, "config.json"),
    writeOpenConfig(file = host.config, text = (json) => json) {
      mkdirSync(dirname(file), { recursive: true });
      writeFileSync(file, text(openConfig(Number(new URL(loopbackUrl).port), join(home, "zot"))));
    },
    async openAgent(file = host.config, { base = {}, exitTimeOut = 20 } = {}) {
      host.writeOpenConfig(file, (json) => JSON.stringify({ ...(JSON.parse(json) as Tree), ...base }));
      mkdirSync(dirname(definition), { recursive: true });
      const text = `<plist><dict>
<key>Label</key>
<string>${LABEL}</string>
<key>ProgramArguments</key>
<array>
<string>${zot.path}</string>
<string>serve</string>
<string>${file}</string>
</array>
<key>RunAtLoad</key>
<true/>
<key>KeepAlive</key>
<true/>
<key>ExitTimeOut</key>
<integer>${exitTimeOut}</integer>
</dict></plist>
`;
      writeFileSync(definition, text);
      await run(`launchctl bootstrap gui/${uid} ${definition}`);
      await host.serves();
      return text;
    },
    async reboot() {
      await halt();
      await run(
        service.manager === "launchd"
          ? `rm -rf ${fakes}/launchd/loaded-*; [ ! -f ${definition} ] || launchctl bootstrap gui/${uid} ${definition}`
          : `cd ${fakes}/systemd && rm -rf zot.service; [ ! -f enabled-zot.service ] || { ${BUS} daemon-reload; ${BUS} restart zot.service; }`,
      );
    },
    async stop() {
      await halt();
      await sshd.stop();
      await issuer.stop();
      rmSync(root, { recursive: true, force: true });
    },
  };
  return host;
}
