import { ConfigError } from "../config-error";
import type { Access } from "../grants";
import { accessControl } from "../rules";
import { atLeast, SINCE } from "../version";
import { type MetricsAccess, metricsIn, metricsRules } from "./metrics";
import { overlay, type Part } from "./overlay";
import { parseConfig, sorted, type Tree, treeAt, tryParseConfig } from "./read";

export interface ZotConfigArgs {
  /**
   * Version of the zot that will read the file, e.g. `2.1.20`: each version knows other keys and refuses unknown
   * ones.
   */
  readonly zotVersion: string;
  /** The registry's address for people and clients, e.g. `https://registry.example.org`; zot's login redirects use it. */
  readonly externalUrl: string;
  /** Absolute path of renderCredentials()'s file on the host. */
  readonly credentialsFile: string;
  readonly oidc: {
    readonly issuer: string;
    readonly scopes: readonly string[];
    readonly usernameClaim: string;
    readonly groupsClaim: string;
  };
  readonly access: Access;
  /** Who may read the metrics; default: the operator's config, and without it everybody. */
  readonly metrics?: MetricsAccess | undefined;
  /** The operator's own config, in zot's format. The program's parts are overlaid; everything else stays. */
  readonly base: Tree;
}

/** The program's login; zot's routes and the redirect URIs in Authentik contain its name. */
const PROVIDER = ["http", "auth", "openid", "providers", "oidc"] as const;

/** The managed parts, which replace the operator's and so are never lost. */
export const PROGRAM_PARTS: readonly (readonly string[])[] = [
  ["http", "externalUrl"],
  ["http", "auth", "apikey"],
  ["http", "auth", "secureSession"],
  ...["issuer", "credentialsFile", "scopes", "claimMapping", "clientid", "clientsecret"].map((name) => [
    ...PROVIDER,
    name,
  ]),
  ["http", "accessControl"],
];

/** zot's config.json, the same bytes for the same arguments. */
export function renderConfig(args: ZotConfigArgs): string {
  return toText(desiredConfig(args));
}

export function desiredConfig(args: ZotConfigArgs): Tree {
  return overlay(args.base, programParts(args));
}

/**
 * The same config without this issuer's login, for the time when the issuer does not answer: zot panics at start if
 * it cannot reach it. Anonymous pulls, pushes with API keys and all other logins work as before.
 */
export function renderFallbackConfig(config: string): string {
  const without = overlay(parseConfig(config, "json"), [{ path: PROVIDER, gone: true }]);
  const others = treeAt(without, ...PROVIDER.slice(0, -1)) ?? {};
  const alone = Object.keys(others).length === 0;
  return toText(alone ? overlay(without, [{ path: PROVIDER.slice(0, -2), gone: true }]) : without);
}

/**
 * The existing text if it means the same as the new one, in whatever order and case: then nothing differs, and zot is
 * not restarted.
 */
export function keepText(text: string, existing: string | undefined): string {
  const before = existing === undefined ? undefined : tryParseConfig(existing, "json");
  if (existing === undefined || before === undefined) return text;
  return JSON.stringify(sorted(before)) === JSON.stringify(sorted(parseConfig(text, "json")))
    ? existing
    : text;
}

/** The content of `credentialsFile`; secret, with mode 0600. */
export function renderCredentials(c: { clientId: string; clientSecret: string }): string {
  return credentialForms(c)[0] ?? "";
}

/** The same file in the formats of people and other tools; a file with the same content is not rewritten. */
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

function programParts(args: ZotConfigArgs): Part[] {
  const { base, externalUrl, zotVersion } = args;
  const metrics = metricsIn(args.metrics, base);
  return [
    { path: ["http", "externalUrl"], value: externalUrl },
    ...provider(args),
    { path: ["http", "auth", "apikey"], value: true },
    // zot sees plain HTTP behind its proxy, and would also send the session cookie in clear.
    new URL(externalUrl).protocol === "https:"
      ? { path: ["http", "auth", "secureSession"], value: true }
      : { path: ["http", "auth", "secureSession"], gone: true },
    {
      path: ["http", "accessControl"],
      value: { ...accessControl(args.access), metrics: metricsRules(metrics, zotVersion) },
    },
  ];
}

function provider({ credentialsFile, oidc, zotVersion }: ZotConfigArgs): Part[] {
  const decided = {
    credentialsFile,
    issuer: oidc.issuer,
    scopes: oidc.scopes,
    claimMapping: { username: oidc.usernameClaim, ...groupsClaim(oidc.groupsClaim, zotVersion) },
  };
  return [
    // The client is in the credentials file; another one here is a stale copy of a secret.
    ...["clientid", "clientsecret"].map((name): Part => ({ path: [...PROVIDER, name], gone: true })),
    ...Object.entries(decided).map(([name, value]): Part => ({ path: [...PROVIDER, name], value })),
  ];
}

function groupsClaim(claim: string, zotVersion: string): { groups?: string } {
  if (atLeast(zotVersion, SINCE.groupsClaimMapping)) return { groups: claim };
  if (claim === "groups") return {};
  throw new ConfigError(
    `zot ${zotVersion} reads groups from the claim "groups" alone, not from "${claim}"; ` +
      `upgrade the host's zot to ${SINCE.groupsClaimMapping}, or set the groups claim to "groups"`,
  );
}

function toText(value: unknown): string {
  return `${JSON.stringify(value, null, 2)}\n`;
}
