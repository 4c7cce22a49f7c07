import { ConfigError } from "../config-error";
import type { Access } from "../grants";
import { accessControl } from "../rules";
import { atLeast, SINCE } from "../version";
import { type MetricsAccess, metricsIn, metricsRules } from "./metrics";
import { overlay, type Part } from "./overlay";
import { parseConfig, sorted, type Tree, treeAt, tryParseConfig } from "./read";

export interface ZotConfigArgs {
  /** Version of the zot that will read the file, e.g. `2.1.20`: each knows other keys and refuses the rest. */
  readonly zotVersion: string;
  /** Where people and clients reach the registry, e.g. `https://registry.example.org`; zot's login redirects use it. */
  readonly externalUrl: string;
  /** Absolute path on the host of what renderCredentials() returns. */
  readonly credentialsFile: string;
  readonly oidc: {
    readonly issuer: string;
    readonly scopes: readonly string[];
    readonly usernameClaim: string;
    readonly groupsClaim: string;
  };
  readonly access: Access;
  /** Who may read the metrics; left out, as the operator's config says, and without that whoever asks. */
  readonly metrics?: MetricsAccess | undefined;
  /** The operator's own config, in zot's words. The program's parts are laid over it; everything else of it stays. */
  readonly base: Tree;
}

/** The login that this program sets up; zot's routes and the redirect URIs in Authentik hold its name. */
const PROVIDER = ["http", "auth", "openid", "providers", "oidc"] as const;

/** What the program decides, and what is therefore never lost from an operator's config but replaced. */
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
 * The same config without the login by this issuer, for as long as that does not answer: zot panics at start when it cannot reach
 * it. Anonymous pulls, pushes with API keys and all other logins work as before.
 */
export function renderFallbackConfig(config: string): string {
  const without = overlay(parseConfig(config, "json"), [{ path: PROVIDER, gone: true }]);
  const others = treeAt(without, ...PROVIDER.slice(0, -1)) ?? {};
  const alone = Object.keys(others).length === 0;
  return toText(alone ? overlay(without, [{ path: PROVIDER.slice(0, -2), gone: true }]) : without);
}

/**
 * The text that is there where it says the same as the new one, in whatever order and case: nothing then differs, and zot is not
 * restarted for it.
 */
export function keepText(text: string, existing: string | undefined): string {
  const before = existing === undefined ? undefined : tryParseConfig(existing, "json");
  if (existing === undefined || before === undefined) return text;
  return JSON.stringify(sorted(before)) === JSON.stringify(sorted(parseConfig(text, "json")))
    ? existing
    : text;
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

function programParts(args: ZotConfigArgs): Part[] {
  const { base, externalUrl, zotVersion } = args;
  const metrics = metricsIn(args.metrics, base);
  return [
    { path: ["http", "externalUrl"], value: externalUrl },
    ...provider(args),
    { path: ["http", "auth", "apikey"], value: true },
    // zot sees plain HTTP behind its proxy, and would let the session cookie travel in clear as well.
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
    // The client is the one of the credentials file; another one here is a stale copy of a secret.
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
