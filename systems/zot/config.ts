import { accessControl, type AccessTiers } from "./access";
import { ConfigError } from "./config-error";
import { type Extra, mergeExtra } from "./extra-config";
import { atLeast, SINCE } from "./version";

export { ConfigError } from "./config-error";

export interface ZotConfigArgs {
  /** Version of the zot that will read the file, e.g. `2.1.20`: each knows other keys and refuses the rest. */
  zotVersion: string;
  /** Where people and clients reach the registry, e.g. `https://registry.example.org`; zot's login redirects use it. */
  externalUrl: string;
  /** Address and TCP port that zot itself listens on. */
  address: string;
  port: number;
  /** Absolute folder of the images on the host. */
  dataFolder: string;
  /** Absolute path on the host of what renderCredentials() returns. */
  credentialsFile: string;
  oidc: { issuer: string; scopes: string[]; usernameClaim: string; groupsClaim: string };
  access: AccessTiers;
  /** Registries to pull through, e.g. `{ prefix: "docker.io", url: "https://registry-1.docker.io" }`. */
  pullThrough: { prefix: string; url: string }[];
  /** `output` is an absolute file on the host; without it zot logs to its standard output. */
  log: { level: string; output?: string };
  /** Absolute path on the host; without it each restart logs all browsers out. */
  sessionKeysFile?: string;
  /** Settings of zot's that nothing here renders, merged into the file; nothing of the above can be overridden. */
  extra?: Extra;
}

/** zot's config.json, the same bytes for the same arguments. Holds no secret: zot prints the loaded config in its log. */
export function renderConfig(a: ZotConfigArgs): string {
  return toText(document(a, { openid: { providers: { oidc: provider(a) } } }));
}

/**
 * The same without the login, for as long as the issuer does not answer: zot panics at start when it cannot reach it.
 * Anonymous pulls and pushes with API keys work as before.
 */
export function renderFallbackConfig(a: ZotConfigArgs): string {
  return toText(document(a, {}));
}

/** The file that `credentialsFile` names; secret, to be kept with mode 0600. */
export function renderCredentials(c: { clientId: string; clientSecret: string }): string {
  return credentialForms(c)[0] ?? "";
}

/** The same file in the forms that people and other tools write; a file that says the same need not be written again. */
export function credentialForms(c: { clientId: string; clientSecret: string }): string[] {
  const entries = [
    ["clientid", c.clientId],
    ["clientsecret", c.clientSecret],
  ] as const;
  const texts = [entries, [...entries].reverse()].flatMap((order) => {
    const value = Object.fromEntries(order);
    const spaced = order.map(([name, text]) => `${JSON.stringify(name)}: ${JSON.stringify(text)}`).join(", ");
    return [2, 4, 0, "\t"].map((indent) => JSON.stringify(value, null, indent)).concat(`{${spaced}}`);
  });
  return texts.flatMap((text) => [`${text}\n`, text]);
}

function document(a: ZotConfigArgs, login: { openid?: unknown }): Extra {
  return mergeExtra(rendered(a, login), a.extra ?? {});
}

function rendered(a: ZotConfigArgs, login: { openid?: unknown }): Extra {
  return {
    distSpecVersion: "1.1.1",
    storage: { rootDirectory: a.dataFolder, dedupe: true, gc: true },
    http: {
      address: a.address,
      port: String(a.port),
      externalUrl: a.externalUrl,
      realm: "zot",
      // Docker's own manifests, as pushed and as pulled through; without it they are refused with 415.
      compat: ["docker2s2"],
      auth: {
        ...login,
        apikey: true,
        // zot sees plain HTTP behind its proxy, and would let the session cookie travel in clear as well.
        ...(new URL(a.externalUrl).protocol === "https:" && { secureSession: true }),
        ...(a.sessionKeysFile !== undefined && { sessionKeysFile: a.sessionKeysFile }),
      },
      accessControl: accessControl(a.access, a.zotVersion),
    },
    log: { level: a.log.level, ...(a.log.output !== undefined && { output: a.log.output }) },
    extensions: {
      metrics: { enable: true, prometheus: { path: "/metrics" } },
      // The UI is where people log in, and zot refuses it without the search; a build that lacks them warns and serves.
      search: { enable: true },
      ui: { enable: true },
      ...(a.pullThrough.length > 0 && { sync: { enable: true, registries: a.pullThrough.map(mirror) } }),
    },
  };
}

function provider({ credentialsFile, oidc, zotVersion }: ZotConfigArgs): unknown {
  return {
    credentialsFile,
    issuer: oidc.issuer,
    scopes: oidc.scopes,
    claimMapping: { username: oidc.usernameClaim, ...groupsClaim(oidc.groupsClaim, zotVersion) },
  };
}

function groupsClaim(claim: string, zotVersion: string): { groups?: string } {
  if (atLeast(zotVersion, SINCE.groupsClaimMapping)) return { groups: claim };
  if (claim === "groups") return {};
  throw new ConfigError(
    `zot ${zotVersion} reads groups from the claim "groups" alone, not from "${claim}"; ` +
      `upgrade the host's zot to ${SINCE.groupsClaimMapping}, or set the groups claim to "groups"`,
  );
}

/**
 * All of the upstream registry, fetched when first asked for, under a prefix of its own (zot's
 * examples/config-popular-registries.json). A tag keeps the digest that it has upstream: otherwise zot converts docker's
 * manifests to OCI's, and what is pinned by digest is not what the tag names here.
 */
function mirror({ prefix, url }: { prefix: string; url: string }): unknown {
  return {
    urls: [url],
    content: [{ prefix: "**", destination: `/${prefix.replace(/^\/+|\/+$/g, "")}` }],
    onDemand: true,
    tlsVerify: true,
    preserveDigest: true,
  };
}

function toText(value: unknown): string {
  return `${JSON.stringify(value, null, 2)}\n`;
}
