import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { DEFAULT_SLUG, defaultNames } from "../../../config/names";
import { identifyKey } from "../../../keys/adopt-key";
import {
  findClient,
  foundApplication,
  foundProvider,
  clientsOfRegistry,
} from "../../../systems/authentik/client";
import { AuthentikReader, type AuthentikObjects, type Row } from "../../../systems/authentik/reader";
import { ForgejoClient } from "../../../systems/forgejo/forgejo-client";
import type { SecretScope } from "../../../systems/forgejo/scope";
import { StatusError } from "../../../systems/http/errors";
import { type HostInstallation, readInstallation } from "../../../systems/host/installation";
import type { SshTarget } from "../../../systems/host/types";
import { pathOf } from "../../../systems/http/path";
import { RETRY_DELAYS_MS } from "../../../systems/http/retry";
import { openOnePassword, type SecretReader } from "../../../systems/onepassword";
import { looksLikeOpReference, parseOpReference } from "../../../systems/onepassword/op-reference";
import type { VaultItem } from "../../../systems/onepassword/reader";
import { ZotClient } from "../../../systems/zot/client";
import { accessControlOf } from "../../../systems/zot/config/access-control";
import { textAt, type Tree } from "../../../systems/zot/config/read";
import type { Discovered, FoundPusher, FoundRepository, SecretSource } from "./discovered";

/** The required arguments. Tokens are `op://` references, or values from the environment only. */
export interface SettingsSources {
  readonly host: string;
  readonly port: number;
  readonly user: string;
  /** Undefined: it is looked up in the user's known_hosts. */
  readonly hostKey: string | undefined;
  readonly privateKey: string | undefined;
  readonly config: string | undefined;
  readonly zot: string | undefined;
  readonly restart: string | undefined;
  readonly registryUrl: string | undefined;
  readonly vault: string | undefined;
  readonly authentik: { readonly url: string; readonly token: string } | undefined;
  readonly slug: string | undefined;
  readonly forgejo: { readonly url: string; readonly token: string } | undefined;
  readonly owner: string | undefined;
  readonly sources: ReadonlyMap<string, string>;
  readonly environment: NodeJS.ProcessEnv;
}

/** Required arguments are missing or wrong. Nothing was requested or written. */
export class SettingsSourcesError extends Error {
  override readonly name = "SettingsSourcesError";
}

/** The usual name of a registry's application, if nothing else identifies it. */
const USUAL_NAMES = [DEFAULT_SLUG, defaultNames(DEFAULT_SLUG).applicationName];
/** The prefix of zot's API keys. */
const KEY = /^zak_/;
/** Field names that a reference can contain; other fields need their id, which is unknown here. */
const NAME = /^[A-Za-z0-9_. -]+$/;

/** Reads everything about an installation, and changes nothing. */
export async function discover(from: SettingsSources): Promise<Discovered> {
  const onepassword = openOnePassword({ vaultId: "", vaultName: undefined }, from.environment);
  const isOpen = ["OP_CONNECT_HOST", "OP_SERVICE_ACCOUNT_TOKEN"].some((name) => from.environment[name]);
  const needsIt =
    isOpen ||
    [from.privateKey, from.authentik?.token, from.forgejo?.token].some(
      (each) => each !== undefined && looksLikeOpReference(each),
    );
  const vault = await vaultOf(onepassword, from.vault, needsIt);
  const read = (token: string) =>
    looksLikeOpReference(token) ? onepassword.read(parseOpReference(token)) : Promise.resolve(token);

  const hostKey = from.hostKey ?? (await knownHostKey(from));
  const privateKey = from.privateKey === undefined ? undefined : await read(from.privateKey);
  const installation = await readInstallation(target(from, hostKey, privateKey), {
    configFile: from.config,
    zotBinary: from.zot,
  });
  const contents = vault ? await onepassword.contents(vault.id) : [];
  const references = vault ? referencesOf(vault.name, contents) : new Map<string, string>();
  const source = (token: string): SecretSource => {
    if (looksLikeOpReference(token)) return { reference: token };
    const [reference] = [...references].find(([, value]) => value === token) ?? [];
    return reference === undefined ? { value: token } : { reference };
  };
  const registryUrl =
    from.registryUrl ?? textAt(installation.config, "http", "externalUrl")?.replace(/\/+$/, "");
  const objects = from.authentik && new AuthentikReader(from.authentik.url, await read(from.authentik.token));
  const client = objects && (await clientOf(objects, installation, registryUrl, from.slug));
  const pushers = objects ? await pushersOf(objects, installation.config) : [];
  const forgejoToken = from.forgejo && (await read(from.forgejo.token));
  const repositories =
    from.forgejo && forgejoToken !== undefined ? await repositoriesOf(from.forgejo.url, forgejoToken) : [];
  return {
    registryUrl,
    vault,
    references,
    authentik:
      from.authentik && objects && client
        ? { url: from.authentik.url, token: source(from.authentik.token), ...client }
        : undefined,
    host: {
      address: from.host,
      port: from.port,
      user: from.user,
      hostKey,
      privateKey: from.privateKey === undefined ? undefined : source(from.privateKey),
      restart: from.restart,
    },
    installation,
    pushers: (await withKeys(pushers, references, registryUrl)).map((pusher) => ({
      ...pusher,
      ...ownItem(pusher, contents),
    })),
    forgejo: from.forgejo && {
      url: from.forgejo.url,
      token: source(from.forgejo.token),
      owner: from.owner ?? ownerOf(repositories),
      repositories,
    },
    sources: from.sources,
  };
}

function target(
  { environment, host, port, user }: SettingsSources,
  hostKey: string | undefined,
  privateKey: string | undefined,
): SshTarget {
  if (hostKey === undefined) {
    throw new SettingsSourcesError(
      `the key of ${host} is not known: name it with --host-key (\`ssh-keyscan -t ed25519 ${host}\`, checked against the host itself), ` +
        "or log in once with ssh, which puts it into known_hosts",
    );
  }
  const agentSocket = environment["SSH_AUTH_SOCK"];
  if (privateKey === undefined && agentSocket === undefined) {
    throw new SettingsSourcesError(
      "no way to log in by SSH: start an ssh-agent (SSH_AUTH_SOCK), or name a key with --private-key op://…",
    );
  }
  return {
    host,
    port,
    user,
    hostKey,
    ...(privateKey !== undefined ? { privateKey } : agentSocket !== undefined && { agentSocket }),
  };
}

/** What `ssh` would trust: the operator's known_hosts, including hashed names. */
async function knownHostKey({ environment, host, port }: SettingsSources): Promise<string | undefined> {
  const name = port === 22 ? host : `[${host}]:${port}`;
  try {
    const { stdout } = await promisify(execFile)("ssh-keygen", ["-F", name], { env: environment });
    const keys = stdout
      .split("\n")
      .flatMap((line) => /^(?!#|@)\S+ (ssh-\S+|ecdsa-\S+) (\S+)/.exec(line)?.slice(1).join(" ") ?? []);
    return keys.find((key) => key.startsWith("ssh-ed25519 ")) ?? keys[0];
  } catch {
    // ssh-keygen exits with 1 for an unknown host.
    return undefined;
  }
}

async function vaultOf(onepassword: SecretReader, named: string | undefined, needed: boolean) {
  if (named === undefined && !needed) return undefined;
  const all = await onepassword.vaults();
  const [only, second] = all;
  if (named === undefined && (second || !only)) {
    throw new SettingsSourcesError(
      `name the vault that gets the keys with --vault: ${all.map(({ name }) => name).join(", ") || "the token may read none"}`,
    );
  }
  const found =
    named === undefined
      ? only
      : all.find(({ id, name }) => id === named || name.toLowerCase() === named.toLowerCase());
  if (!found)
    throw new SettingsSourcesError(
      `there is no vault ${named ?? ""}; there are ${all.map(({ name }) => name).join(", ")}`,
    );
  return { id: found.id, name: found.name };
}

/** With the item's id, which a rename does not change. */
function referencesOf(vault: string, items: readonly VaultItem[]): Map<string, string> {
  const entries = items.flatMap(({ fields, id }) =>
    fields.flatMap(({ label, section, value }): [string, string][] => {
      const parts = [vault, id, ...(section === undefined ? [] : [section]), label];
      return parts.every((part) => NAME.test(part)) ? [[`op://${parts.join("/")}`, value]] : [];
    }),
  );
  return new Map(entries);
}

/** The registry's OIDC client, with the names for its ids. */
async function clientOf(
  objects: AuthentikObjects,
  { clientIds, config }: HostInstallation,
  registryUrl: string | undefined,
  named: string | undefined,
) {
  const callbackUrl = `${registryUrl ?? ""}/zot/auth/callback/oidc`;
  const issuer = textAt(config, "http", "auth", "openid", "providers", "oidc", "issuer") ?? "";
  const byIssuer = /\/application\/o\/([^/]+)\/?$/.exec(issuer)?.[1];
  const inUse = await clientsOfRegistry(objects, { clientIds, callbackUrl, names: USUAL_NAMES });
  const slugs = new Set(inUse.flatMap(({ application }) => application?.slug ?? []));
  const slug = named ?? (slugs.size === 1 ? [...slugs][0] : byIssuer);
  const row = slug === undefined ? undefined : await objects.one(`core/applications${pathOf(slug)}/`);
  const settings = { slug: "--slug", clientId: "--slug", providerName: "--slug" };
  const client = row && slug !== undefined ? await findClient(objects, row, { slug, settings }) : undefined;
  const provider = client?.row && foundProvider(client.row);
  const [bindings, flows, keys, groups] = await Promise.all([
    row ? objects.list("policies/bindings/", { target: String(row["pk"]) }) : [],
    objects.list("flows/instances/", {}),
    objects.list("crypto/certificatekeypairs/", {}),
    objects.list("core/groups/", { include_users: "false" }),
  ]);
  const names = [
    ...flows.map((flow) => [flow["pk"], flow["slug"]]),
    ...keys.map((key) => [key["pk"], key["name"]]),
  ];
  return {
    application: row && foundApplication(row),
    provider,
    isOpenToAll: row !== undefined && bindings.length === 0,
    names: new Map(names.map(([pk, name]) => [String(pk), String(name)])),
    groups: groups.map(({ name }) => String(name)),
  };
}

/** Machines that push: service accounts in a group that may push new tags and that has no people. */
async function pushersOf(objects: AuthentikObjects, config: Tree): Promise<Omit<FoundPusher, "key">[]> {
  const policies = Object.values(accessControlOf(config)?.repositories ?? {}).flatMap(
    (each) => each.policies ?? [],
  );
  const groups = [
    ...new Set(
      policies.filter(({ actions }) => actions.includes("create")).flatMap((policy) => policy.groups ?? []),
    ),
  ];
  const accounts = await objects.list("core/users/", { type: "service_account" });
  const isMember = (row: Row, group: string) =>
    Array.isArray(row["groups_obj"]) &&
    row["groups_obj"].some(
      (each: unknown) => String(Reflect.get(Object(each), "name")).toLowerCase() === group.toLowerCase(),
    );
  const found = groups.flatMap((group) => {
    const machines = accounts.filter((row) => row["type"] === "service_account" && isMember(row, group));
    const [account] = machines;
    return account ? [{ username: String(account["username"]), group, members: machines.length }] : [];
  });
  const people = await Promise.all(found.map(({ group }) => membersOf(objects, group)));
  return found.flatMap(({ members, ...pusher }, index) => (people[index] === members ? [pusher] : []));
}

async function membersOf(objects: AuthentikObjects, group: string): Promise<number> {
  const rows = await objects.list("core/groups/", { name: group, include_users: "true" });
  const [row] = rows.filter(({ name }) => String(name).toLowerCase() === group.toLowerCase());
  const users: unknown = row?.["users"];
  return Array.isArray(users) ? users.length : 0;
}

/** Fields that the provider of an item keeps although they are in no section. */
const WRITTEN: readonly string[] = ["username", "password", "notesPlain"];

/** An item with the usual title and user-added fields that the program would lose is left alone. */
function ownItem({ username }: { readonly username: string }, contents: readonly VaultItem[]) {
  const usual = `${username}-apikey`;
  const theirs = contents.find(({ title }) => title.toLowerCase() === usual.toLowerCase());
  const loses = theirs?.fields.some(
    ({ label, section }) => section === undefined && !WRITTEN.includes(label),
  );
  return loses === true ? { itemTitle: `${usual} of zot-access` } : {};
}

/** Which pusher each key in the vault belongs to; the registry is asked for each. */
async function withKeys(
  pushers: readonly Omit<FoundPusher, "key">[],
  references: ReadonlyMap<string, string>,
  registryUrl: string | undefined,
): Promise<FoundPusher[]> {
  const keys = [...references].filter(([, value]) => KEY.test(value));
  return Promise.all(
    pushers.map(async (pusher) => {
      for (const [reference, password] of registryUrl === undefined ? [] : keys) {
        const credential = { kind: "basic", username: pusher.username, password } as const;
        if (await identifyKey(new ZotClient(registryUrl ?? ""), credential, RETRY_DELAYS_MS))
          return { ...pusher, key: reference };
      }
      return { ...pusher, key: undefined };
    }),
  );
}

async function repositoriesOf(url: string, token: string): Promise<FoundRepository[]> {
  const client = new ForgejoClient(url);
  const all = await client.repositories(token);
  const found = await Promise.all(
    all.map(async ({ owner, repository }) => ({
      owner,
      name: repository,
      secrets: await secretsOf(client, { owner, repository }, token),
    })),
  );
  return found.filter(({ secrets }) => secrets.length > 0);
}

/** None if the server has no Actions for the repository; some servers answer 404. */
async function secretsOf(client: ForgejoClient, scope: SecretScope, token: string): Promise<string[]> {
  try {
    return [...(await client.listNames(scope, token))].sort();
  } catch (error) {
    if (error instanceof StatusError && error.status === 404) return [];
    throw error;
  }
}

/** The owner of most repositories with secrets. */
function ownerOf(repositories: readonly FoundRepository[]): string | undefined {
  const count = (owner: string) => repositories.filter((each) => each.owner === owner).length;
  return repositories.map(({ owner }) => owner).sort((left, right) => count(right) - count(left))[0];
}
