import { homelabAccess } from "../../../support/access";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { credentialsPath, inContainer } from "../../../../systems/host/container";
import { compareHost } from "../../../../systems/host/drift";
import { applyCommand, applyInput, parseOutcome, restoreCommand } from "../../../../systems/host/payload";
import { probeHost } from "../../../../systems/host/probe";
import { runOverSsh } from "../../../../systems/host/ssh";
import type {
  ApplyResult,
  Comparison,
  DesiredHost,
  HostLayout,
  HostState,
  Limits,
} from "../../../../systems/host/types";
import { type HostOptions, type RehearsalHost, startHost } from "../../../../rehearsal/host";
import { renderConfig, renderCredentials, renderFallbackConfig } from "../../../../systems/zot/config/render";
import type { Tree } from "../../../../systems/zot/config/read";
import type { Access } from "../../../../systems/zot/grants";
import { type Issuer, startIssuer } from "./issuer";
import { type ZotBinary, zotBinary } from "./zot-binary";

export interface Wanted {
  writers?: string[];
  /** What needs no login; everything unless told. */
  open?: string[];
  secret?: string;
  port?: number;
  dataFolder?: string;
  /** More of the operator's own config. */
  base?: Tree;
}

export interface HostWorld {
  root: string;
  host: RehearsalHost;
  issuer: Issuer;
  zot: ZotBinary;
  desired(wanted?: Wanted): DesiredHost;
  probe(): Promise<HostState>;
  compare(desired: DesiredHost): Promise<Comparison>;
  /** One run of apply.sh; what it printed. */
  apply(desired: DesiredHost, generation: string, change?: Partial<HostLayout>): Promise<string>;
  /** As a destroy does it where the settings say so. */
  restore(): Promise<ApplyResult>;
  /** As `pulumi up` does it: probe, compare, apply; throws what parseOutcome throws. */
  deploy(desired: DesiredHost, change?: Partial<HostLayout>): Promise<ApplyResult>;
  /** Text of a file in the config folder, undefined where there is none. */
  held(name: string): string | undefined;
  status(path: string, init?: RequestInit): Promise<number>;
  /** Pid of the zot that runs now. */
  zotPid(): number;
  stop(): Promise<void>;
}

/** Every host of these tests runs its zot in a container then: see docs/host-faults.md. */
export const CONTAINED = process.env["HOST_CONTAINER"] === "1";

/**
 * What ends well is given as long as it takes on a busy machine; what never comes is given up by NEVER_UP. The short ones are asked
 * once at least, however late.
 */
export const LIMITS: Limits = {
  lockSeconds: 300,
  issuerSeconds: 2,
  restartSeconds: 300,
  startSeconds: 300,
  // A restore is a restart, and waits that long for what only a reload would bring.
  reloadSeconds: 4,
  bootSeconds: 2,
  pollSeconds: 1,
  drainSeconds: 10,
};

/** zot does not end on SIGTERM for as long as it polls an upstream that does not answer (measured on 2.1.20). */
export const POLLING: Tree = {
  extensions: {
    sync: {
      registries: [
        {
          urls: ["http://127.0.0.1:1"],
          content: [{ prefix: "mirror/**" }],
          ...{ pollInterval: "6h", maxRetries: 3, retryDelay: "5m" },
        },
      ],
    },
  },
};

/** What a deploy is given that may end in a reload. */
export const patient = (limits: Partial<Limits> | undefined) => ({ ...limits, reloadSeconds: 300 });

/** It ends a hang, and is longer than any of the limits. */
export const SSH_SECONDS = 900;

/** For a deploy whose zot comes up in its trial, and never does as the service: a test waits that long. */
export const NEVER_UP = { limits: { ...LIMITS, startSeconds: 30 } };

function accessOf({ open, writers = ["workloads"] }: Wanted): Access {
  const { grants, ...access } = homelabAccess({ pushTo: ["**"], ...(open && { open }) });
  return {
    ...access,
    grants: grants.map((each) => (each.pusher === undefined ? each : { ...each, to: { groups: writers } })),
  };
}

export function desiredFor(
  host: Pick<RehearsalHost, "layout" | "registryUrl">,
  issuer: string,
  wanted: Wanted = {},
): DesiredHost {
  const { layout } = host;
  const { container, dataFolder } = layout;
  const images = (container && inContainer(container, dataFolder)) ?? dataFolder;
  const args = {
    zotVersion: "2.1.20",
    externalUrl: host.registryUrl,
    credentialsFile: credentialsPath(layout),
    oidc: {
      issuer,
      scopes: ["openid", "email", "profile"],
      usernameClaim: "preferred_username",
      groupsClaim: "groups",
    },
    access: accessOf(wanted),
    base: {
      distSpecVersion: "1.1.1",
      storage: { rootDirectory: wanted.dataFolder ?? images },
      http: { address: "127.0.0.1", port: String(wanted.port ?? new URL(host.registryUrl).port) },
      log: { level: "info" },
      ...wanted.base,
    },
  };
  const config = renderConfig(args);
  return {
    config,
    fallbackConfig: renderFallbackConfig(config),
    credentials: renderCredentials({ clientId: "zot", clientSecret: wanted.secret ?? "first-secret" }),
    issuer,
    expectedVersion: "2.1.20",
  };
}

/** A registry host with an issuer, before its first deploy: anybody can push. */
export async function startHostWorld(options: Partial<HostOptions> = {}): Promise<HostWorld> {
  const root = options.root ?? mkdtempSync(join(tmpdir(), "zot-access-host-"));
  const issuer = await startIssuer();
  const zot = zotBinary(join(root, "bin"));
  const host = await startHost({
    root,
    zotBinary: zot.path,
    limits: LIMITS,
    container: CONTAINED,
    ...options,
  }).catch(async (error: unknown) => {
    await issuer.stop();
    rmSync(root, { recursive: true, force: true });
    throw error;
  });
  const probe = () => probeHost(host.ssh, host.layout);
  const compare = async (desired: DesiredHost) => compareHost(host.layout, desired, await probe());
  const apply = async (desired: DesiredHost, generation: string, change?: Partial<HostLayout>) => {
    const input = applyInput({ ...host.layout, ...change }, desired);
    return (await runOverSsh(host.ssh, applyCommand(generation, desired.expectedVersion), input, SSH_SECONDS))
      .stdout;
  };
  const file = (name: string) => join(host.layout.configFolder, name);
  return {
    root,
    host,
    issuer,
    zot,
    probe,
    compare,
    desired: (wanted) => desiredFor(host, issuer.url, wanted),
    apply,
    async restore() {
      const input = applyInput(host.layout, desiredFor(host, issuer.url));
      return parseOutcome((await runOverSsh(host.ssh, restoreCommand(), input, SSH_SECONDS)).stdout);
    },
    async deploy(desired, change) {
      const { generation } = await compare(desired);
      const limits = patient(host.layout.limits);
      return parseOutcome(await apply(desired, generation, { limits, ...change }));
    },
    held(name) {
      try {
        return readFileSync(file(name), "utf8");
      } catch {
        return undefined;
      }
    },
    async status(path, init) {
      const answer = await fetch(host.registryUrl + path, { redirect: "manual", ...init }).catch(
        () => undefined,
      );
      return answer?.status ?? 0;
    },
    zotPid: () => Number(readFileSync(file("zot-access/run/zot.pid"), "utf8").split(" ")[0]),
    async stop() {
      await host.stop();
      await issuer.stop();
      rmSync(root, { recursive: true, force: true });
    },
  };
}
