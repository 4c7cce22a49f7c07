import { hashSync } from "bcryptjs";
import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { parse, stringify } from "yaml";
import { ForgejoClient } from "../../../systems/forgejo/forgejo-client";
import {
  formatOf,
  parseConfig,
  repeatedNames,
  textAt,
  type Tree,
  treeAt,
  valueAt,
} from "../../../systems/zot/config/read";
import { ZotClient } from "../../../systems/zot/client";
import { generateId } from "../../authentik/store";
import { CERTIFICATE, PRIVATE_KEY } from "../../host/certificate";
import { pushImage } from "../image";
import { logInPerson } from "../person-login";
import type { World } from "../world";
import { AuthentikSetUp } from "./authentik";
import { filled, type Installation, type Words } from "./form";

const DAY_MS = 86_400_000;
/** As low as it goes: the stand-in computes it at each request. */
const BCRYPT_ROUNDS = 4;
const MFA_CODE = "864202";

/** An installation that is up, with its words filled in. */
export interface Made extends Pick<Installation, "name" | "settings" | "expect"> {
  /** Where zot's config is on the host. */
  readonly configFile: string;
  /** The key that a person made. */
  readonly key: { readonly username: string; readonly value: string } | undefined;
  /** What the environment of whoever asks this registry has to hold. */
  readonly environment: Readonly<Record<string, string>>;
  /** Takes away what was put into systems that are not the rehearsal's own. */
  undo(): Promise<void>;
}

/** Makes the world of an installation as somebody set it up by hand. */
export async function makeInstallation(world: World, installation: Installation): Promise<Made> {
  const { authentik, key: wantedKey, name, zot } = installation;
  const { configFolder, dataFolder } = world.host.layout;
  const clientSecret = generateId(64);
  const credentials = join(configFolder, "oidc-credentials.json");
  const { host, hostname, port } = new URL(world.host.registryUrl);
  const words: Words = new Map([
    ["registry", `${isTls(zot.config) ? "https" : "http"}://${host}`],
    ["address", hostname],
    ["port", port],
    ["data", dataFolder],
    ["config", configFolder],
    ["credentials", credentials],
    ["authentik", world.authentikUrl],
    ["issuer", `${world.authentikUrl}/application/o/zot/`],
    ["clientSecret", clientSecret],
    ["certificate", CERTIFICATE],
    ["certificateKey", PRIVATE_KEY],
  ]);
  const setUp = new AuthentikSetUp(world.authentikUrl, world.secrets.authentikToken);
  const blueprint = authentik.blueprint && filled(authentik.blueprint, words, other);
  const undo =
    blueprint === undefined ? undefined : await setUp.blueprint(blueprintName(blueprint, name), blueprint);

  const config = filled(zot.config, words, other) as Tree;
  refuseElsewhere(config, { name, port });
  const configFile = join(configFolder, zot.file);
  await pushOpenly(world, config, zot.images);
  await writeClient({ world, setUp }, config, words, clientSecret);
  for (const [file, text] of Object.entries(filled(zot.files, words, other))) {
    mkdirSync(dirname(join(configFolder, file)), { recursive: true });
    writeFileSync(join(configFolder, file), text, { mode: 0o600 });
  }
  const certificateFile = isTls(config) ? textAt(config, "http", "tls", "cert") : undefined;
  await world.host.serve(configFile, formatted(config, zot.file), {
    launched: zot.service === "launched",
    certificate: certificateFile && readFileSync(certificateFile, "utf8"),
  });

  const key = wantedKey && (await mintByHand(world, setUp, wantedKey));
  const all: Words = new Map([...words, ...(key ? [["key", key.value] as const] : [])]);
  for (const item of filled(installation.onepassword, all, other)) {
    const fields = item.fields.map(({ label, section = "", value }) => ({ label, value, section }));
    world.onepassword.add("rehearsal", {
      title: item.title,
      fields,
      ...(item.category && { category: item.category }),
    });
  }
  const forgejo = new ForgejoClient(world.forgejoUrl);
  for (const { name: secret, owner = world.owner, repository, value } of filled(
    installation.forgejo,
    all,
    other,
  ))
    await forgejo.put({ owner, repository }, world.secrets.forgejoToken, secret, value);
  return {
    name,
    settings: filled(installation.settings, all, other),
    expect: filled(installation.expect, all, other),
    configFile,
    key,
    environment: certificateFile === undefined ? {} : { NODE_EXTRA_CA_CERTS: certificateFile },
    undo: async () => {
      if (world.parts["Authentik"] === "real") await undo?.();
    },
  };
}

/** The rehearsal asks zot at one place. */
function refuseElsewhere(
  config: Tree,
  { name, port }: { readonly name: string; readonly port: string },
): void {
  const [twice] = repeatedNames(config);
  if (twice)
    throw new Error(
      `"${name}": zot.config has ${twice.join(".")} twice, in another case, and zot takes either, at random`,
    );
  const at = valueAt(config, "http", "port");
  if (String(at) !== port)
    throw new Error(
      `"${name}": zot.config.http.port is ${at === undefined ? "left out" : JSON.stringify(at)}; write "\${port}", which is free here`,
    );
}

/** zot speaks TLS where it has a certificate and its key. */
function isTls(config: Tree): boolean {
  return ["cert", "key"].every((name) => (textAt(config, "http", "tls", name) ?? "") !== "");
}

function other(word: string): string | undefined {
  const [, user] = /^htpasswd:(.+)$/.exec(word) ?? [];
  return user === undefined ? undefined : `${user}:${hashSync(`${user}-password`, BCRYPT_ROUNDS)}\n`;
}

function formatted(config: Tree, file: string): string {
  return formatOf(file) === "yaml" ? stringify(config) : `${JSON.stringify(config, null, 2)}\n`;
}

function blueprintName(content: string, otherwise: string): string {
  const { metadata } = (parse(content, { logLevel: "silent" }) ?? {}) as { metadata?: { name?: string } };
  return metadata?.name ?? otherwise;
}

/** The same storage while nobody has to log in. */
async function pushOpenly(world: World, config: Tree, images: readonly string[]): Promise<void> {
  if (images.length === 0) return;
  const { hostname: address, port } = new URL(world.host.registryUrl);
  const open = {
    distSpecVersion: textAt(config, "distSpecVersion") ?? "1.1.1",
    storage: treeAt(config, "storage") ?? {},
    http: { address, port },
    log: { level: "info" },
  };
  const file = join(world.host.layout.configFolder, "open.json");
  await world.host.serve(file, formatted(open, file), { launched: false });
  for (const image of images) {
    const [repository = "", tag = ""] = image.split(":");
    const status = await pushImage(world.host.registryUrl, repository, tag, image);
    if (status !== 201)
      throw new Error(`the registry answered ${status} to a push of ${image} while it was open`);
  }
  rmSync(file);
}

/** The credentials file that the config names, with the client that Authentik has for its issuer. */
async function writeClient(
  { setUp, world }: { readonly setUp: AuthentikSetUp; readonly world: World },
  config: Tree,
  words: Words,
  secret: string,
): Promise<void> {
  const provider = treeAt(config, "http", "auth", "openid", "providers", "oidc");
  const issuer = textAt(provider, "issuer");
  if (!provider || issuer?.startsWith(world.authentikUrl) !== true) return;
  const slug = issuer.replace(/\/+$/, "").split("/").at(-1) ?? "";
  const client = await setUp.clientOf(slug, words.get("registry") ?? "", secret);
  const file = textAt(provider, "credentialsFile");
  if (file === undefined) return;
  mkdirSync(dirname(file), { recursive: true });
  const text = JSON.stringify({ clientid: client.id, clientsecret: client.secret }, null, 2);
  writeFileSync(file, `${text}\n`, { mode: 0o600 });
}

/** As a person does who logs in as that account. */
async function mintByHand(
  world: World,
  setUp: AuthentikSetUp,
  { days, user: username }: NonNullable<Installation["key"]>,
): Promise<NonNullable<Made["key"]>> {
  const { authentikUrl, host } = world;
  const { registryUrl } = host;
  const password = generateId(32);
  await setUp.setPassword(username, password);
  // The stand-in asks everybody for a second factor, as the homelab does.
  const account = world.standIns?.authentik.state.userByName(username);
  if (account) account.mfaCode = MFA_CODE;
  try {
    const cookie = await logInPerson({ registryUrl, authentikUrl, username, password, mfaCode: MFA_CODE });
    const minted = await new ZotClient(registryUrl).mintApiKey(
      { kind: "session", cookie },
      { label: "made by hand", expiresAt: new Date(Date.now() + days * DAY_MS) },
    );
    return { username, value: minted.key };
  } finally {
    if (account) Object.assign(account, { password: null, mfaCode: null });
  }
}

/** What stands at a dotted path of a config; names that hold dots themselves are found as well. */
export function keptAt(tree: unknown, path: string): unknown {
  const parts = path.split(".");
  for (let length = parts.length; length > 0; length--) {
    const name = parts.slice(0, length).join(".");
    const value = valueAt(tree, name);
    if (value === undefined) continue;
    return length === parts.length ? value : keptAt(value, parts.slice(length).join("."));
  }
  return undefined;
}

export function liveConfig({ configFile }: Pick<Made, "configFile">): Tree {
  return parseConfig(readFileSync(configFile, "utf8"), formatOf(configFile));
}
