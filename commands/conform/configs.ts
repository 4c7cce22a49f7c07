import { type Access, VERBS } from "../../systems/zot/grants";
import { execFile } from "node:child_process";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type Consequence, consequences } from "../../systems/zot/config/consequences";
import { conflictsOf } from "../../systems/zot/config/conflicts";
import { isBelow, leavesOf, overlay } from "../../systems/zot/config/overlay";
import {
  ConfigTextError,
  formatOf,
  parseConfig,
  sorted,
  textAt,
  type Tree,
  valueAt,
} from "../../systems/zot/config/read";
import {
  desiredConfig,
  PROGRAM_PARTS,
  renderCredentials,
  type ZotConfigArgs,
} from "../../systems/zot/config/render";
import { printable } from "../../systems/text";

/** The result of overlaying this program's parts on one config. */
export interface ConfigVerdict {
  readonly file: string;
  /** Why it cannot be rendered, by name. */
  readonly refused: readonly string[];
  /** What the rendered config lacks, outside the program's parts. A bug in the program if there is anything. */
  readonly lost: readonly string[];
  /** What a preview with the default access settings reports, each with its kind. */
  readonly says: readonly string[];
  /** From a real zot: it accepts the original config and refuses the rendered one. */
  readonly zot?: string | undefined;
}

const NAMES = /\.(json|ya?ml)$/i;

/** @param zot a binary that verifies both configs, in the folder where this runs */
export async function judgeConfigs(
  folder: string,
  zotVersion: string,
  zot?: { readonly binary: string; readonly scratch: string },
): Promise<ConfigVerdict[]> {
  const files = readdirSync(folder)
    .filter((file) => NAMES.test(file))
    .sort();
  const verdicts: ConfigVerdict[] = [];
  for (const file of files) verdicts.push(await judge(folder, file, zotVersion, zot));
  return verdicts;
}

async function judge(
  folder: string,
  file: string,
  zotVersion: string,
  zot?: { readonly binary: string; readonly scratch: string },
): Promise<ConfigVerdict> {
  let base: Tree;
  try {
    base = parseConfig(readFileSync(join(folder, file), "utf8"), formatOf(file));
  } catch (error) {
    if (!(error instanceof ConfigTextError)) throw error;
    return { file, refused: [error.message], lost: [], says: [] };
  }
  const refused = conflictsOf(base, zotVersion).map(({ path, problem }) => `${path.join(".")} ${problem}`);
  if (refused.length > 0) return { file, refused, lost: [], says: [] };
  const args = standard(base, zotVersion);
  const desired = desiredConfig(args);
  return {
    file,
    refused,
    lost: lostFrom(base, desired),
    says: consequences(base, desired, { zotVersion, adopting: true }).map(line),
    ...(zot && { zot: await verified(join(folder, file), desired, zot) }),
  };
}

/** The minimal settings. */
const STANDARD: Access = {
  caches: [],
  grants: [
    { to: "anonymous", may: ["pull"], in: ["**"], from: "access.anonymous.pull" },
    { to: { groups: ["admins"] }, may: VERBS, in: ["**"], from: "access.roles[0].in" },
    { to: { groups: ["writers"] }, may: ["pull", "push"], in: ["**"], from: "pushers.writers.in" },
  ],
};

/** Its own login and address if it has them, and the access rules that no setting changes. */
function standard(base: Tree, zotVersion: string): ZotConfigArgs {
  const provider = ["http", "auth", "openid", "providers", "oidc"];
  return {
    zotVersion,
    externalUrl: textAt(base, "http", "externalUrl") ?? "https://registry.example.org",
    credentialsFile: textAt(base, ...provider, "credentialsFile") ?? "/etc/zot/oidc-credentials.json",
    oidc: {
      issuer: textAt(base, ...provider, "issuer") ?? "https://auth.example.org/application/o/zot/",
      scopes: ["openid", "email", "profile"],
      usernameClaim: "preferred_username",
      groupsClaim: "groups",
    },
    access: STANDARD,
    base,
  };
}

function lostFrom(base: Tree, desired: Tree): string[] {
  const same = (left: unknown, right: unknown) =>
    JSON.stringify(sorted(left)) === JSON.stringify(sorted(right));
  return leavesOf(base)
    .filter(({ path }) => !PROGRAM_PARTS.some((part) => isBelow(path, part)))
    .filter(({ path, value }) => !same(value, valueAt(desired, ...path)))
    .map(({ path }) => path.join("."));
}

function line({ kind, sign, text }: Consequence): string {
  return `[${kind ?? sign}] ${text}`;
}

async function verified(
  original: string,
  desired: Tree,
  { binary, scratch }: { readonly binary: string; readonly scratch: string },
): Promise<string | undefined> {
  if (!(await verifies(binary, original))) return undefined;
  const credentials = join(scratch, "oidc-credentials.json");
  writeFileSync(credentials, renderCredentials({ clientId: "zot", clientSecret: "none" }), { mode: 0o600 });
  const rendered = join(scratch, "config.json");
  const path = ["http", "auth", "openid", "providers", "oidc", "credentialsFile"];
  writeFileSync(rendered, JSON.stringify(overlay(desired, [{ path, value: credentials }])), { mode: 0o600 });
  return (await verifies(binary, rendered))
    ? undefined
    : "zot takes it as it is, and refuses the rendered one";
}

function verifies(binary: string, file: string): Promise<boolean> {
  return new Promise((done) => {
    execFile(binary, ["verify", file], { timeout: 60_000 }, (error) => done(error === null));
  });
}

export function isLoss({ lost, zot }: ConfigVerdict): boolean {
  return lost.length > 0 || zot !== undefined;
}

/** A few lines for each config, without values that may be secret. */
export function formatConfigVerdict(verdict: ConfigVerdict): string {
  const { file, refused, lost, says, zot } = verdict;
  const word = refused.length > 0 ? "refused" : isLoss(verdict) ? "LOSES" : "nothing goes";
  const lines = [
    ...refused,
    ...lost.map((path) => `${path} is lost`),
    ...(zot === undefined ? [] : [zot]),
    ...says,
  ];
  return [`${printable(file)}: ${word}`, ...lines.map((each) => `    ${printable(each)}`), ""].join("\n");
}

export function concludeConfigs(verdicts: readonly ConfigVerdict[]): string {
  const count = (is: (verdict: ConfigVerdict) => boolean) => verdicts.filter(is).length;
  const refused = count(({ refused: reasons }) => reasons.length > 0);
  return `${verdicts.length} configs: ${verdicts.length - refused} can be said, ${refused} refused, ${count(isLoss)} lose something\n`;
}
