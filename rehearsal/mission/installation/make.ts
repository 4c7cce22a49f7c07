import { hashSync } from "bcryptjs";
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
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
import { onHost as placeOnHost } from "../../../systems/host/container";
import { storageFolders } from "../../../systems/zot/config/storage";
import { ZotClient } from "../../../systems/zot/client";
import { generateId } from "../../authentik/store";
import { CERTIFICATE, PRIVATE_KEY } from "../../host/certificate";
import { pushImage } from "../image";
import { AuthentikCalls } from "../../real/authentik-calls";
import { enrol, logInPerson } from "../person-login";
import { Totp } from "../second-factor";
import type { World, WorldOptions } from "../world";
import { AuthentikSetUp } from "./authentik";
import { filled, type Installation, type Words } from "./form";

const DAY_MS = 86_400_000;
/** As low as it goes: the stand-in computes it at each request. */
const BCRYPT_ROUNDS = 4;

/** An installation that is up, with its words filled in. */
export interface Made extends Pick<Installation, "name" | "settings" | "expect"> {
  /** Where zot's config is on the host. */
  readonly configFile: string;
  /** The key that a person made. */
  readonly key: { readonly username: string; readonly value: string } | undefined;
  /** What the environment of whoever asks this registry has to hold. */
  readonly environment: Readonly<Record<string, string>>;
}

/** What the world of an installation has to have. */
export function worldOf({
  forgejo,
  zot,
}: Installation): Pick<WorldOptions, "container" | "repositories" | "user"> {
  return {
    container: zot.container !== false,
    user: zot.user,
    repositories: forgejo.map(({ owner, repository: name }) => ({ name, ...(owner && { owner }) })),
  };
}

/** Makes the world of an installation as somebody set it up by hand. */
export async function makeInstallation(world: World, installation: Installation): Promise<Made> {
  const { authentik, key: wantedKey, name, zot } = installation;
  const { configFolder } = world.host.layout;
  const { inside } = world.host;
  const clientSecret = generateId(64);
  const credentials = join(inside.configFolder, "oidc-credentials.json");
  const { host, hostname, port } = new URL(world.host.registryUrl);
  const words: Words = new Map([
    ["registry", `${isTls(zot.config) ? "https" : "http"}://${host}`],
    ["address", hostname],
    ["port", port],
    ["data", inside.dataFolder],
    ["config", inside.configFolder],
    ["credentials", credentials],
    ["authentik", world.authentikUrl],
    ["issuer", `${world.authentikUrl}/application/o/zot/`],
    ["clientSecret", clientSecret],
    ["certificate", CERTIFICATE],
    ["certificateKey", PRIVATE_KEY],
  ]);
  const calls = new AuthentikCalls(world.authentikUrl, world.secrets.authentikToken);
  const setUp = new AuthentikSetUp(calls, world.realAuthentik);
  const blueprint = authentik.blueprint && filled(authentik.blueprint, words, other);
  if (blueprint !== undefined) await setUp.blueprint(blueprintName(blueprint, name), blueprint);

  const config = filled(zot.config, words, other) as Tree;
  refuseElsewhere(config, { name, port });
  const configFile = join(configFolder, zot.file);
  const mounts = mountsFor(world, config);
  const onHost = (path: string) => placeOnHost(mounts && { mounts }, path) ?? path;
  await pushOpenly(world, config, zot.images, mounts);
  await writeClient({ world, setUp }, config, { words, onHost, secret: clientSecret });
  for (const [file, text] of Object.entries(filled(zot.files, words, other))) {
    mkdirSync(dirname(join(configFolder, file)), { recursive: true });
    writeFileSync(join(configFolder, file), text, { mode: 0o600 });
  }
  const certificateInside = isTls(config) ? textAt(config, "http", "tls", "cert") : undefined;
  const certificateFile = certificateInside && onHost(certificateInside);
  await world.host.serve(configFile, formatted(config, zot.file), {
    ...(mounts && { mounts: zot.container === "files" ? eachFile(world, mounts, configFile) : mounts }),
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
  for (const { name: secret, owner, repository, value } of filled(installation.forgejo, all, other))
    await forgejo.put({ owner: world.ownerOf(owner), repository }, world.secrets.forgejoToken, secret, value);
  return {
    name,
    settings: filled(installation.settings, all, other),
    expect: filled(installation.expect, all, other),
    configFile,
    key,
    environment: certificateFile === undefined ? {} : { NODE_EXTRA_CA_CERTS: certificateFile },
  };
}

/** What its container mounts, as whoever made it had to: the folder of the config, and each folder of images. */
function mountsFor({ host: { inside, layout } }: World, config: Tree): string[] | undefined {
  if (!layout.container) return undefined;
  const known = [
    `${layout.dataFolder}:${inside.dataFolder}`,
    `${layout.configFolder}:${inside.configFolder}`,
  ];
  const others = storageFolders(config).filter(
    (folder) => placeOnHost({ mounts: known }, folder) === undefined,
  );
  const folders = others.map((folder): [string, string] => [
    folder.startsWith(inside.dataFolder)
      ? layout.dataFolder + folder.slice(inside.dataFolder.length)
      : join(dirname(layout.dataFolder), "volumes", folder),
    folder,
  ]);
  for (const [outside] of folders) mkdirSync(outside, { recursive: true });
  return [...known, ...folders.map((pair) => pair.join(":"))];
}

/** In the place of the config's folder each file that is in it, and the credentials, which have to be there. */
function eachFile(
  { host: { inside, layout } }: World,
  mounts: readonly string[],
  configFile: string,
): string[] {
  const { configFolder } = layout;
  const credentials = join(configFolder, "oidc-credentials.json");
  if (!existsSync(credentials)) writeFileSync(credentials, "{}\n", { mode: 0o600 });
  const names = readdirSync(configFolder).filter((name) => !/^config\.(json|ya?ml)$/.test(name));
  return [
    ...mounts.filter((mount) => !mount.startsWith(`${configFolder}:`)),
    ...[...names, basename(configFile)].map(
      (name) => `${join(configFolder, name)}:${join(inside.configFolder, name)}`,
    ),
  ];
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
async function pushOpenly(
  world: World,
  config: Tree,
  images: readonly string[],
  mounts: readonly string[] | undefined,
): Promise<void> {
  if (images.length === 0) return;
  const { hostname: address, port } = new URL(world.host.registryUrl);
  const open = {
    distSpecVersion: textAt(config, "distSpecVersion") ?? "1.1.1",
    storage: treeAt(config, "storage") ?? {},
    http: { address, port },
    log: { level: "info" },
  };
  const file = join(world.host.layout.configFolder, "open.json");
  await world.host.serve(file, formatted(open, file), { launched: false, ...(mounts && { mounts }) });
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
  {
    onHost,
    secret,
    words,
  }: { readonly words: Words; readonly secret: string; readonly onHost: (path: string) => string },
): Promise<void> {
  const provider = treeAt(config, "http", "auth", "openid", "providers", "oidc");
  const issuer = textAt(provider, "issuer");
  if (!provider || issuer?.startsWith(world.authentikUrl) !== true) return;
  const slug = issuer.replace(/\/+$/, "").split("/").at(-1) ?? "";
  const client = await setUp.clientOf(slug, words.get("registry") ?? "", secret);
  const named = textAt(provider, "credentialsFile");
  if (named === undefined) return;
  const file = onHost(named);
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
  const person = { authentikUrl, username, password, secondFactor: new Totp() };
  try {
    await enrol(person);
    const cookie = await logInPerson({ ...person, registryUrl });
    const minted = await new ZotClient(registryUrl).mintApiKey(
      { kind: "session", cookie },
      { label: "made by hand", expiresAt: new Date(Date.now() + days * DAY_MS) },
    );
    return { username, value: minted.key };
  } finally {
    // As an account for machines is. Of a real one nobody can take the password over the API, and it is removed at the end.
    const account = world.standIns?.authentik.state.userByName(username);
    if (account) Object.assign(account, { password: null, totp: null });
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
