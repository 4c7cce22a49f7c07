import type { FoundIdentity, WantedIdentity } from "../systems/authentik/identity";
import { CLIENT_DEFAULTS } from "../systems/authentik/oidc-client";
import { credentialsPath, onHost, published } from "../systems/host/container";
import type { Container, HostLayout, Service, SshServer, SshTarget } from "../systems/host/types";
import { EVERY_REPOSITORY } from "../systems/zot/access";
import { type MetricsAccess, metricsIn, servesMetrics } from "../systems/zot/config/metrics";
import { textAt, type Tree } from "../systems/zot/config/read";
import type { ZotConfigArgs } from "../systems/zot/config/render";
import { VERBS } from "../systems/zot/grants";
import { scratchRepository } from "../systems/zot/proof/scratch-name";
import { issuerUrl, OIDC_CALLBACK_PATH, redirectUrls } from "./derived";
import type { Secret, SecretOrKey } from "./fields";
import { accessOf } from "./grants";
import { formatPath } from "./problems";
import type { Pusher, Settings } from "./schema";
import { withoutSecrets } from "./zot-config";

/*
 * From settings to the arguments of the components, which do not know the settings. Pure: no secret is read here.
 */

export function onepasswordProvider({
  onepassword: { connectUrl, connectToken, serviceAccountToken, account },
}: Settings) {
  return {
    ...(connectUrl !== undefined && { connectUrl }),
    ...(connectToken && { connectToken: connectToken.value }),
    ...(serviceAccountToken && { serviceAccountToken: serviceAccountToken.value }),
    ...(account !== undefined && { account }),
  };
}

export function vault({ onepassword }: Settings) {
  return { id: onepassword.vaultId, name: onepassword.vaultName };
}

/** Every `op://` reference of the settings, with the path of its setting. */
export function secretReferences(
  namespace: string,
  settings: Settings,
): { readonly path: string; readonly secret: Secret }[] {
  const below = (value: unknown, path: PropertyKey[]): ReturnType<typeof secretReferences> => {
    if (typeof value !== "object" || value === null) return [];
    if ("kind" in value && value.kind === "reference") {
      return [{ path: formatPath(namespace, path), secret: value as Secret }];
    }
    return Object.entries(value).flatMap(([key, inner]) =>
      below(inner, [...path, Array.isArray(value) ? Number(key) : key]),
    );
  };
  return below(settings, []);
}

/** The pushers' 1Password items, for the check that none is duplicated or belongs to somebody else. */
export function ownItems({ onepassword, pushers }: Settings) {
  return Object.values(pushers).map(({ name, from: adopted, itemTitle, lifetimeDays, renewAfterDays }) => ({
    pusher: name,
    vaultId: onepassword.vaultId,
    title: itemTitle,
    lifetimeDays,
    renewAfterDays,
    ...(adopted?.kind === "reference" && { adoptedFrom: adopted.reference }),
  }));
}

/** The private keys of the settings, after reading. */
export interface SshKeys {
  readonly host: string | undefined;
  readonly proxyJump: string | undefined;
}

/** @param read reads one secret */
export async function readSshKeys(
  { host: { privateKey, proxyJump } }: Settings,
  read: (secret: Secret) => Promise<string>,
): Promise<SshKeys> {
  const jump = proxyJump?.privateKey;
  return { host: privateKey && (await read(privateKey)), proxyJump: jump && (await read(jump)) };
}

export function sshTarget({ host }: Settings, keys: SshKeys): SshTarget {
  const { proxyJump } = host;
  return {
    ...sshServer(host, keys.host),
    ...(proxyJump && { jump: sshServer(proxyJump, keys.proxyJump ?? keys.host) }),
  };
}

function sshServer(
  { address, port, user, hostKey }: Pick<Settings["host"], "address" | "port" | "user" | "hostKey">,
  privateKey: string | undefined,
): SshServer {
  const agentSocket = process.env["SSH_AUTH_SOCK"];
  return {
    host: address,
    port,
    user,
    hostKey,
    ...(privateKey !== undefined ? { privateKey } : agentSocket !== undefined && { agentSocket }),
  };
}

export function hostLayout({ host, registryUrl, service, zot }: Settings): HostLayout {
  const { container } = host;
  const certificate = textAt(zot.config, "http", "tls", "cert");
  const failDelay = Number(textAt(zot.config, "http", "auth", "failDelay") ?? 0);
  return {
    configFolder: host.configFolder,
    ...(host.configFile !== undefined && { configName: host.configFile }),
    zotBinary: host.zotBinary ?? "",
    ...(container && { container }),
    service: hostService(service),
    ...(host.runAs !== undefined && host.runAs !== host.user && { runAs: host.runAs }),
    loopbackUrl: loopbackUrl(zot.config, container),
    ...(certificate !== undefined && {
      tls: {
        name: host.tlsName ?? new URL(registryUrl).hostname,
        certificate: onHost(container, certificate) ?? "",
      },
    }),
    ...(failDelay > 0 && { failDelay }),
  };
}

/** Where zot listens, with zot's own defaults for values that its config leaves out. */
function loopbackUrl(config: Tree, container?: Container): string {
  const scheme = textAt(config, "http", "tls", "cert") === undefined ? "http" : "https";
  const port = textAt(config, "http", "port") ?? "8080";
  const outside = container && published(container, port);
  const address = outside ? (outside.address ?? "") : (textAt(config, "http", "address") ?? "127.0.0.1");
  return `${scheme}://${loopback(address)}:${outside?.port ?? port}`;
}

function hostService(service: Settings["service"]): Service {
  switch (service.manager) {
    case "command":
      return { ...service, manage: false };
    case "systemd":
    case "launchd":
      return withoutUndefined(service);
  }
}

/** A setting that was left out is no property: otherwise the desired and the actual host would differ. */
function withoutUndefined(service: Extract<Settings["service"], { manage: boolean }>): Service {
  const given = Object.entries<unknown>(service).filter(([, value]) => value !== undefined);
  return Object.fromEntries(given) as Service;
}

/** Where the host itself reaches zot: an address that means "all interfaces" cannot be connected to. */
function loopback(listenAddress: string): string {
  if (["0.0.0.0", "::", "[::]", ""].includes(listenAddress)) return "127.0.0.1";
  return listenAddress.includes(":") && !listenAddress.startsWith("[") ? `[${listenAddress}]` : listenAddress;
}

/** Who may read /metrics, in whatever format the host's zot knows; undefined if zot serves none. */
export function metricsAccess({ access, zot }: Pick<Settings, "access" | "zot">): MetricsAccess | undefined {
  const config = withoutSecrets(zot.config);
  return servesMetrics(config) ? metricsIn(access.metrics, config) : undefined;
}

/** @param base the operator's config with its references resolved */
export function zotConfig(settings: Settings, zotVersion: string, base: Tree): ZotConfigArgs {
  const { access, host, oidc, registryUrl } = settings;
  return {
    zotVersion,
    externalUrl: registryUrl,
    credentialsFile: credentialsPath(host),
    oidc: {
      issuer: issuerUrl(settings),
      scopes: oidc.scopes,
      usernameClaim: oidc.usernameClaim,
      groupsClaim: oidc.groupsClaim,
    },
    access: accessOf(settings),
    metrics: access.metrics,
    base,
  };
}

/** The subjects and areas that the settings name: changes for them are intended. */
export function intent({ access, pushers }: Settings, { isOpenToAll }: Pick<FoundIdentity, "isOpenToAll">) {
  return {
    closesLogin: isOpenToAll && access.login === "groups",
    groups: [...roleGroups(access), ...Object.values(pushers).map(({ group }) => group)],
    users: [...Object.keys(pushers), ...access.users.flatMap(({ users }) => users)],
    metrics: access.metrics !== undefined,
  };
}

/** Groups that are bound to the application; none if everybody may log in. */
export function boundGroups({ access }: Pick<Settings, "access">): string[] {
  return access.login === "everybody" ? [] : roleGroups(access);
}

/** Groups that exist, each once, in the settings' order. */
export function roleGroups({ roles }: Settings["access"]): string[] {
  return [...new Set(roles.flatMap(({ groups }) => groups))];
}

export function identity(settings: Settings) {
  const { authentik, pushers, registryUrl } = settings;
  return {
    slug: authentik.slug,
    applicationName: authentik.applicationName,
    isNamed: authentik.isNamed,
    clientId: authentik.clientId,
    providerName: authentik.providerName,
    launchUrl: authentik.launchUrl,
    registryUrl,
    redirectUrls: redirectUrls(settings),
    areRedirectsSet: settings.oidc.redirectUrls !== undefined,
    signingKey: authentik.signingKey,
    authorizationFlow: authentik.authorizationFlow,
    invalidationFlow: authentik.invalidationFlow,
    existingGroups: boundGroups(settings),
    isOpenToAll: settings.access.login === "everybody",
    loginName: authentik.pushersLogin,
    pushers: Object.values(pushers).map(({ name, group }) => ({ name, group })),
    protect: authentik.protect,
  };
}

/** zot's own callback, regardless of other settings. */
export function callbackUrl({ registryUrl }: Settings): string {
  return `${registryUrl}${OIDC_CALLBACK_PATH}`;
}

/** The scopes of the claims that zot reads, in addition to its own. */
const SCOPES: readonly string[] = ["openid", "email", "profile"];

/** The Authentik names in the settings, each with its setting, and the identifiers of the identity there. */
export function wantedIdentity(namespace: string, settings: Settings): WantedIdentity {
  const { access, authentik, oidc, proof, pushers } = settings;
  const at = (...path: PropertyKey[]) => formatPath(namespace, path);
  const groups = access.roles.flatMap((role, index) =>
    role.groups.map((name, position) => ({
      kind: "group" as const,
      name,
      setting: at("access", "roles", index, "groups", position),
    })),
  );
  const scopes = [...new Set([...SCOPES, ...oidc.scopes])].map((name) => {
    const index = oidc.scopes.indexOf(name);
    const setting = index === -1 ? at("oidc", "scopes") : at("oidc", "scopes", index);
    return { kind: "scope" as const, name, setting };
  });
  // With another claim, or another issuer, users are identified by something other than their username.
  const byUsername = oidc.usernameClaim === "preferred_username" && oidc.issuer === undefined;
  const users = (["admin", "outsider"] as const).flatMap((who) => {
    const name = byUsername ? proof[who]?.username : undefined;
    return name === undefined ? [] : [{ kind: "user" as const, name, setting: at("proof", who, "username") }];
  });
  const chosen = (["signingKey", "authorizationFlow", "invalidationFlow"] as const).map((which) => ({
    kind: which === "signingKey" ? ("certificate" as const) : ("flow" as const),
    name: authentik[which] ?? CLIENT_DEFAULTS[which],
    setting: at("authentik", which),
    ...(authentik[which] === undefined && { unless: which }),
  }));
  return {
    url: authentik.url,
    names: [...groups, ...chosen, ...scopes, ...users],
    groups: [
      ...boundGroups(settings),
      ...(access.login === "everybody" ? [] : Object.values(pushers).map(({ group }) => group)),
    ],
    scopes: scopes.map(({ name }) => name),
    slug: authentik.slug,
    clientId: authentik.clientId,
    providerName: authentik.providerName,
    applicationName: authentik.applicationName,
    loginName: authentik.pushersLogin,
    pushers: Object.keys(pushers).map((name) => ({ name, setting: at("pushers", name) })),
    settings: authentikSettings(at),
  };
}

function authentikSettings(at: (...path: PropertyKey[]) => string) {
  const names = ["url", "token", "slug", "clientId", "providerName"] as const;
  return Object.fromEntries(names.map((name) => [name, at("authentik", name)])) as Record<
    (typeof names)[number],
    string
  >;
}

export function pusherCredential(
  { authentik, onepassword, registryUrl }: Settings,
  { group, lifetimeDays, renewAfterDays, itemTitle, revokeAdopted }: Pusher,
) {
  return {
    registryUrl,
    authentikUrl: authentik.url,
    groups: [group],
    lifetimeDays,
    renewAfterDays,
    itemTitle,
    ...(revokeAdopted && { revokeAdopted }),
    vaultId: onepassword.vaultId,
  };
}

/**
 * Which pusher owns the resources that an earlier version created for its only pusher: the first with an item in
 * 1Password. Once the state has the pushers by name, this has no effect.
 */
export function formerPusher(
  pushers: readonly Pick<Pusher, "name">[],
  isThere: (name: string) => boolean,
): string | undefined {
  return (pushers.find(({ name }) => isThere(name)) ?? pushers[0])?.name;
}

/** @throws Error for an unknown pusher, which the settings exclude */
export function ofPusher<T>(all: ReadonlyMap<string, T>, name: string): T {
  const found = all.get(name);
  if (found === undefined) throw new Error(`there is no pusher ${name}`);
  return found;
}

export function keyRetirement({ oldKey, graceHours, revokeAdopted }: Pusher) {
  return { oldKey, graceHours, ...(revokeAdopted && { revokeAdopted }) };
}

/** The scopes of Actions secrets: repositories, and organisations, which are owners without a repository. */
export function secretScopes<Value>({ forgejo }: Settings, resolve: (source: SecretOrKey) => Value) {
  const resolved = (secrets: Readonly<Record<string, SecretOrKey>>) =>
    Object.fromEntries(Object.entries(secrets).map(([secret, source]) => [secret, resolve(source)]));
  return [
    ...forgejo.repositories.map(({ owner, name, authoritative, secrets }) => ({
      owner: owner ?? forgejo.owner,
      repository: name,
      authoritative,
      secrets: resolved(secrets),
    })),
    ...forgejo.organizations.map(({ name, authoritative, secrets }) => ({
      owner: name,
      authoritative,
      secrets: resolved(secrets),
    })),
  ];
}

/** Every kubeconfig context that the settings name. */
export function clusterContexts({ clusters }: Settings): string[] {
  return clusters.map(({ context }) => context);
}

export function clusterCredentials({ clusters, pushers, registryUrl }: Settings) {
  const places = clusters.flatMap(({ context, namespaces, secretName, externalSecret, pusher }) =>
    namespaces.map((namespace) => ({
      context,
      namespace,
      secretName,
      externalSecret,
      pusher,
      itemTitle: pushers[pusher]?.itemTitle ?? "",
    })),
  );
  return { registryUrl, places };
}

/** The first pusher that may create the setting's repository does; every other one creates its own. */
export function proof(settings: Settings, zotVersion: string) {
  const { pushers, registryUrl } = settings;
  const access = accessOf(settings);
  return {
    registryUrl,
    zotVersion,
    access,
    metrics: metricsAccess(settings),
    pushers: Object.values(pushers).map(({ name, group }) => ({
      name,
      groups: [group],
      scratchRepository: scratchRepository(access, name, settings.proof.scratchRepository),
    })),
  };
}

export function otherHolders({
  access,
  proof: { admin, outsider },
}: Settings): { name: string; username: string; key: Secret; groups: string[] }[] {
  const all = access.roles.find(
    (role) =>
      role.in.includes(EVERY_REPOSITORY) &&
      role.except === undefined &&
      VERBS.every((verb) => role.may.includes(verb)),
  );
  const holder = (name: string, { username, key, groups }: NonNullable<typeof admin>, usual: string[]) => ({
    name,
    username,
    key,
    groups: groups ?? usual,
  });
  return [
    ...(admin ? [holder("admin", admin, all?.groups.slice(0, 1) ?? [])] : []),
    ...(outsider ? [holder("outsider", outsider, [])] : []),
  ];
}
