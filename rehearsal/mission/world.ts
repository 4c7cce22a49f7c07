import { mkdir, rm } from "node:fs/promises";
import { delimiter, join } from "node:path";
import { type Authentik, startAuthentik } from "../authentik";
import { type Forgejo, startForgejo } from "../forgejo";
import { startHost, type RehearsalHost } from "../host";
import { startOnePassword, type OnePassword } from "../onepassword";
import { installOp } from "../onepassword/op/install";
import { pulumiHome as userPulumiHome } from "../../systems/pulumi/cli-location";
import { installPlugins, lendPlugins } from "../plugins/install";
import { keepPlugins } from "../plugins/keep";
import { RealAuthentik } from "../real/authentik";
import { RealForgejo } from "../real/forgejo";
import { zotOf } from "../zot/flavours";
import { NEWEST } from "../zot/version";
import type { Flavours } from "./flavours";
import { ADMIN, type People, READER } from "./people";
import { withoutOperators } from "./pulumi";
import { peopleIn } from "./real-people";
import { fixedCode } from "./second-factor";
import { makeSecrets, type RehearsalSecrets } from "./secrets";
import type { Places } from "./stack-file";
import { messageOf } from "../../systems/text";

const VAULT = { id: "rehearsalrehearsalrehears7", name: "rehearsal" };
const OWNER = "eblume";
/** Of the second registry's images; its owner is another one. */
export const NEIGHBOURS_REPOSITORY = { owner: "attic", name: "images" };
const USUAL = [{ name: "blumeops" }, { name: "cv" }, NEIGHBOURS_REPOSITORY];

export interface WorldOptions {
  /** Which releases the stand-ins play. */
  readonly flavours?: Flavours;
  /** 1Password is opened by a service account and the command `op`, without Connect. */
  readonly serviceAccount?: boolean;
  /** Further repositories that Forgejo has. */
  readonly repositories?: readonly { readonly name: string; readonly owner?: string }[];
  /** zot runs in a container of the stand-in of podman. */
  readonly container?: boolean | undefined;
  /** Whom zot runs as there, where that is not whoever runs the rehearsal. */
  readonly user?: string | undefined;
  /** The stand-ins of plugins are started once, and not by each run of the CLI. */
  readonly keepsPlugins?: boolean;
  /** Told what a rehearsal that was killed has left in a real system. */
  readonly write?: (text: string) => void;
  /** Is told at once how to stop what is coming up: an end may come before all of it is up. */
  readonly cleanUp?: (stop: () => Promise<void>) => void;
}

export type SystemOrigin = "real" | "stand-in";

/** For users, a line each. */
export function partLines(parts: World["parts"]): string[] {
  return Object.entries(parts).map(([part, origin]) => `  ${origin.padEnd(8)} ${part}`);
}

/** A registry's host, and what a stack's settings must say to find it and everything else. */
export interface Registry {
  readonly host: RehearsalHost;
  readonly places: Places;
}

/** Parts of a world that can be looked into and put into any state. */
export interface StandIns {
  readonly authentik: Authentik;
  readonly forgejo: Forgejo;
}

/** Everything that the program meets, up and running on loopback. */
export interface World {
  readonly parts: Readonly<Record<string, SystemOrigin>>;
  readonly secrets: RehearsalSecrets;
  readonly host: RehearsalHost;
  /** The release of the host's zot, as far as it is a stand-in's. */
  readonly zotVersion: string;
  readonly onepassword: OnePassword;
  readonly authentikUrl: string;
  /** Stops Authentik's answers, as a crash would; undefined where Authentik is a real one. */
  readonly setAuthentikDown?: (down: boolean) => void;
  readonly forgejoUrl: string;
  /** Whose repositories somebody's are here; of those that name nobody where none is named. */
  readonly ownerOf: (owner?: string) => string;
  readonly people: People;
  /** undefined where one of them is a real one. */
  readonly standIns?: StandIns;
  /** Where Authentik is a real one: what is made in it goes by this. */
  readonly realAuthentik?: RealAuthentik;
  /** What the stack's settings must say to find all this. */
  readonly places: Places;
  /** What the CLI's environment must hold. */
  readonly environment: Readonly<Record<string, string>>;
  /** Starts another registry host in the same world; the world stops it too. */
  addRegistry(name: string): Promise<Registry>;
  stop(): Promise<void>;
}

/**
 * @param folder everything that the world writes is below it.
 */
export async function startWorld(
  folder: string,
  {
    cleanUp,
    container = false,
    flavours = {},
    keepsPlugins = false,
    repositories = [],
    serviceAccount = false,
    user,
    write = () => undefined,
  }: WorldOptions = {},
): Promise<World> {
  const secrets = makeSecrets();
  const running: { stop(): Promise<void> }[] = [];
  let stopped: Promise<void> | undefined;
  const started = async <T extends { stop(): Promise<void> }>(part: Promise<T>): Promise<T> => {
    const up = await part;
    if (!stopped) {
      running.push(up);
      return up;
    }
    await up.stop();
    throw new Error("the rehearsal is ending");
  };
  const stop = () => (stopped ??= stopAll(running.reverse().map((part) => () => part.stop())));
  cleanUp?.(stop);
  try {
    const pulumiHome = join(folder, "pulumi-home");
    await mkdir(pulumiHome, { recursive: true });
    const zotBinary = process.env["ZOT_BINARY"] ?? zotOf(flavours.zot, folder);
    const host = await started(
      startHost({ root: join(folder, "host"), zotBinary, container, ...(user && { user }) }),
    );
    const authentik = await authentikOf(secrets, started, flavours, write);
    const forgejo = await forgejoOf(secrets, started, flavours, { more: repositories, write });
    const onepassword = await started(
      startOnePassword({
        token: secrets.connectToken,
        vaults: [{ ...VAULT, items: items(secrets, host.ssh.privateKey ?? "") }],
      }),
    );
    const opFolder = join(folder, "op");
    if (serviceAccount) await installOp(opFolder);
    const environment: Record<string, string> = {
      ...(serviceAccount
        ? { OP_SERVICE_ACCOUNT_TOKEN: onepassword.serviceAccountToken, PATH: pathWith(opFolder) }
        : { OP_CONNECT_HOST: onepassword.url, OP_CONNECT_TOKEN: secrets.connectToken }),
      PULUMI_CONFIG_PASSPHRASE: secrets.passphrase,
      PULUMI_HOME: pulumiHome,
    };
    const realPlugins = process.env["REHEARSAL_PLUGINS"] === "installed";
    if (realPlugins) await lendPlugins(userPulumiHome(process.env), pulumiHome);
    else {
      const kept = keepsPlugins
        ? await started(keepPlugins({ ...withoutOperators(process.env), ...environment }))
        : undefined;
      await installPlugins(pulumiHome, kept?.ports);
    }
    return {
      parts: {
        "Pulumi CLI, language host, engine and state": "real",
        "SSH server and service process": "real",
        ...(container && { "container runtime": "stand-in" as const }),
        zot: process.env["ZOT_BINARY"] === undefined ? "stand-in" : "real",
        Authentik: authentik.kind,
        [serviceAccount ? "1Password, by op and a service account" : "1Password"]: "stand-in",
        Forgejo: forgejo.kind,
        "provider plugins": realPlugins ? "real" : "stand-in",
      },
      secrets,
      host,
      zotVersion: flavours.zot ?? NEWEST,
      onepassword,
      authentikUrl: authentik.url,
      ...(authentik.setDown && { setAuthentikDown: authentik.setDown }),
      forgejoUrl: forgejo.url,
      ownerOf: forgejo.ownerOf,
      people: authentik.people,
      ...(authentik.standIn &&
        forgejo.standIn && { standIns: { authentik: authentik.standIn, forgejo: forgejo.standIn } }),
      ...(authentik.real && { realAuthentik: authentik.real }),
      places: placesOf(host, authentik.url, forgejo),
      environment,
      addRegistry: async (name) => {
        const other = await started(startHost({ root: join(folder, name), zotBinary }));
        onepassword.add(VAULT.name, sshItem(name, other.ssh.privateKey ?? ""));
        const found = placesOf(other, authentik.url, forgejo);
        const privateKey = `op://${VAULT.name}/${name}/ssh/private key`;
        const host = { ...(found["zot-access:host"] as object), privateKey };
        return { host: other, places: { ...found, "zot-access:host": host } };
      },
      stop,
    };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** All of them, one after the other, whatever becomes of each. @throws Error with what failed */
export async function stopAll(stops: readonly (() => Promise<void>)[]): Promise<void> {
  const problems: unknown[] = [];
  for (const stop of stops) await stop().catch((error: unknown) => problems.push(error));
  if (problems.length > 0) throw new Error(problems.map(messageOf).join("\n"), { cause: problems[0] });
}

function pathWith(folder: string): string {
  return [folder, process.env["PATH"] ?? ""].join(delimiter);
}

/** Removes what a world wrote. */
export async function removeWorld(folder: string): Promise<void> {
  await rm(folder, { recursive: true, force: true });
}

type Started = <T extends { stop(): Promise<void> }>(part: Promise<T>) => Promise<T>;

async function authentikOf(
  secrets: RehearsalSecrets,
  started: Started,
  { authentik: release }: Flavours,
  write: (text: string) => void,
) {
  const { authentikToken, adminPassword, readerPassword } = secrets;
  const url = process.env["AUTHENTIK_URL"];
  if (url !== undefined) {
    const real = await started(RealAuthentik.open(url, authentikToken, write));
    const people = await peopleIn(real, secrets);
    return { url, kind: "real" as const, people, real, setDown: undefined, standIn: undefined };
  }
  const authentik = await started(
    startAuthentik({
      bootstrapToken: authentikToken,
      ...(release && { release }),
      people: [
        { ...ADMIN, password: adminPassword },
        { ...READER, password: readerPassword },
      ],
    }),
  );
  return {
    url: authentik.url,
    standIn: authentik,
    real: undefined,
    people: {
      admin: { ...ADMIN, password: adminPassword, secondFactor: fixedCode(ADMIN.mfaCode) },
      reader: { ...READER, password: readerPassword, secondFactor: fixedCode(READER.mfaCode) },
    },
    kind: "stand-in" as const,
    setDown: (down: boolean): void => {
      authentik.setDown(down);
    },
  };
}

async function forgejoOf(
  { forgejoToken }: RehearsalSecrets,
  started: Started,
  { forgejo: flavour }: Flavours,
  {
    more,
    write,
  }: Required<Pick<WorldOptions, "write">> & { more: NonNullable<WorldOptions["repositories"]> },
) {
  const url = process.env["FORGEJO_URL"];
  if (url !== undefined) {
    const real = await started(RealForgejo.open(url, forgejoToken, write));
    for (const each of [...USUAL, ...more]) await real.makeRepository(each);
    return {
      url,
      kind: "real" as const,
      standIn: undefined,
      ownerOf: (owner?: string) => real.ownerOf(owner),
    };
  }
  const usual = USUAL.map((each) => ({ owner: OWNER, ...each }));
  const further = more
    .map((each) => ({ owner: OWNER, ...each }))
    .filter(({ name, owner }) => !usual.some((each) => each.name === name && each.owner === owner));
  const forgejo = await started(
    startForgejo({
      token: forgejoToken,
      owner: OWNER,
      repositories: [...usual, ...further],
      ...(flavour && { flavour }),
    }),
  );
  return {
    url: forgejo.url,
    kind: "stand-in" as const,
    standIn: forgejo,
    ownerOf: (owner = OWNER) => owner,
  };
}

/** What a person has put into the vault before: one item a system, as in the homelab. */
function items(secrets: RehearsalSecrets, sshKey: string) {
  const tokens = (fields: Record<string, string>) =>
    Object.entries(fields).map(([label, value]) => ({ label, value, section: "tokens" }));
  return [
    { title: "authentik", fields: tokens({ "api-token": secrets.authentikToken }) },
    {
      title: "forgejo",
      fields: tokens({ "api-token": secrets.forgejoToken, argocd_token: secrets.argocdToken }),
    },
    { title: "fly", fields: tokens({ "deploy-token": secrets.flyToken }) },
    sshItem("registry-host", sshKey),
  ];
}

function sshItem(title: string, privateKey: string) {
  return { title, fields: [{ label: "private key", value: privateKey, section: "ssh" }] };
}

function placesOf(
  { inside, ssh, layout, registryUrl }: RehearsalHost,
  authentikUrl: string,
  forgejo: { readonly url: string; ownerOf(): string },
): Places {
  const { container, service } = layout;
  const http = { address: "127.0.0.1", port: new URL(registryUrl).port };
  if (service.manager !== "command")
    throw new Error("the rehearsal's host restarts its service by a command");
  return {
    "zot-access:registryUrl": registryUrl,
    "zot-access:authentik": { url: authentikUrl },
    "zot-access:forgejo": { url: forgejo.url, owner: forgejo.ownerOf() },
    "zot-access:zot": {
      config: container ? { http, storage: { rootDirectory: inside.dataFolder } } : { http },
    },
    "zot-access:host": {
      address: ssh.host,
      port: ssh.port,
      user: ssh.user,
      hostKey: ssh.hostKey,
      configFolder: layout.configFolder,
      ...(container ? { container } : { dataFolder: layout.dataFolder, zotBinary: layout.zotBinary }),
    },
    "zot-access:service": { manager: "command", restart: service.restart, launcher: service.launcher },
  };
}
