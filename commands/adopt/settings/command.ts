import { userInfo } from "node:os";
import { join } from "node:path";
import type { CommandLine } from "../../shared/command-line";
import { projectName } from "../../shared/settings";
import { IN_CLEAR, isSentInClear } from "../../../systems/http/loopback";
import { looksLikeOpReference } from "../../../systems/onepassword/op-reference";
import type { StackLocation } from "../../../systems/pulumi/cli";
import { type SettingsSources, SettingsSourcesError, discover } from "./discover";
import { settingsText } from "./text";
import { refuseExisting, writeSettings } from "./write";

/** The arguments of `--write-settings`; environment variables replace missing options. */
export interface WriteOptions {
  readonly force?: true;
  readonly host?: string;
  readonly port?: string;
  readonly user?: string;
  readonly hostKey?: string;
  readonly privateKey?: string;
  readonly zotBinary?: string;
  readonly zotConfig?: string;
  readonly restart?: string;
  readonly registryUrl?: string;
  readonly vault?: string;
  readonly authentikUrl?: string;
  readonly authentikToken?: string;
  readonly slug?: string;
  readonly forgejoUrl?: string;
  readonly forgejoToken?: string;
  readonly forgejoOwner?: string;
  readonly secret?: readonly string[];
}

export function withWriteOptions(line: CommandLine): CommandLine {
  const collect = (value: string, before: readonly string[] = []) => [...before, value];
  line
    .option("--write-settings", "write the stack's settings file from the live systems, and do nothing else")
    .option("--force", "with --write-settings: overwrite existing settings")
    .option("--host <name>", "the registry's host (or REGISTRY_HOST)")
    .option("--port <number>", "SSH port of the host, if it is not 22")
    .option("--user <name>", "SSH user, if it is not your own username")
    .option("--host-key <key>", "public key of the host, `ssh-ed25519 …`, if known_hosts does not have it")
    .option("--private-key <reference>", "op:// reference of the SSH private key, if no ssh-agent has it")
    .option("--zot-binary <file>", "path of zot's executable, if no process or service shows it")
    .option("--zot-config <file>", "path of zot's config, if several zots run, or none")
    .option("--restart <command>", "command that restarts zot, if neither launchd nor systemd runs it")
    .option("--registry-url <url>", "public URL of the registry (or REGISTRY_URL); default: http.externalUrl")
    .option("--vault <name>", "vault for the keys, if the token can read several")
    .option("--authentik-url <url>", "Authentik (or AUTHENTIK_URL)")
    .option(
      "--authentik-token <reference>",
      "op:// reference of its API token (or AUTHENTIK_TOKEN, also the token itself)",
    )
    .option("--slug <slug>", "slug of the application, if zot's client id and issuer do not identify it")
    .option("--forgejo-url <url>", "Forgejo (or FORGEJO_URL)")
    .option(
      "--forgejo-token <reference>",
      "op:// reference of its token (or FORGEJO_TOKEN, also the token itself)",
    )
    .option("--forgejo-owner <name>", "owner of the repositories, if most of them have another owner")
    .option(
      "--secret <source>",
      "[REPOSITORY/]NAME=op://…: source of an Actions secret; may be repeated",
      collect,
    );
  return line;
}

/**
 * Writes a stack's settings from what it finds. It does not prompt, and changes no system.
 *
 * @returns lines for the user
 * @throws SettingsExistError, SettingsSourcesError and every error of a system; nothing is written then
 */
export async function writeFound(at: StackLocation, options: WriteOptions): Promise<string[]> {
  const file = at.configFile ?? join(at.project, `Pulumi.${at.stack.split("/").at(-1) ?? at.stack}.yaml`);
  await refuseExisting(file, options.force === true);
  const found = await discover(settingsSources(options, at.environment));
  const namespace = await projectName(at.project);
  let open = 0;
  let notes: readonly string[] = [];
  await writeSettings(at, file, (encrypt) => {
    const written = settingsText(found, namespace, encrypt);
    ({ notes, unknown: open } = written);
    return written.text;
  });
  const {
    configFile,
    container,
    runsAs,
    sshUser,
    zotBinary,
    zotVersion = "of an unknown version",
  } = found.installation;
  const what = container ? `container ${container.name} of ${container.image}` : zotBinary;
  return [
    `${found.host.address}: zot ${zotVersion} (${what}) serves ${configFile} as ${runsAs ?? sshUser}`,
    ...(found.authentik?.provider
      ? [
          `Authentik: the provider ${found.authentik.provider.name} (client id ${found.authentik.provider.clientId})`,
        ]
      : []),
    ...found.pushers.map(({ key, username }) =>
      key === undefined
        ? `${username}: no key in the vault is in use`
        : `${username}: the key in use is ${key}`,
    ),
    ...notes,
    `${file} is written${open === 0 ? "" : `; ${open} ${open === 1 ? "value" : "values"} could not be found: fill in the comments`}.`,
    `Next: npm run adopt -- --stack ${at.stack}`,
  ];
}

/** @throws SettingsSourcesError with everything that is missing or wrong */
export function settingsSources(options: WriteOptions, environment: NodeJS.ProcessEnv): SettingsSources {
  const problems: string[] = [];
  const host = options.host ?? environment["REGISTRY_HOST"];
  if (!host) problems.push("--host (or REGISTRY_HOST) is missing: name the registry's host");
  for (const name of ["authentikToken", "forgejoToken", "privateKey"] as const) {
    const value = options[name];
    if (value === undefined || looksLikeOpReference(value)) continue;
    const flag = `--${name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
    const way =
      name === "privateKey" ? "load the key into an ssh-agent" : "set the token itself in the environment";
    problems.push(
      `${flag} is not an op:// reference, and every process of this machine could read it: write one, or ${way}`,
    );
  }
  const system = (which: "authentik" | "forgejo") => {
    const variable = which.toUpperCase();
    const url = (options[`${which}Url`] ?? environment[`${variable}_URL`])?.replace(/\/+$/, "");
    const token = options[`${which}Token`] ?? environment[`${variable}_TOKEN`];
    if (!url && !token) return undefined;
    if (!url) problems.push(`--${which}-url (or ${variable}_URL) is missing beside the token`);
    else if (!URL.canParse(url)) problems.push(`--${which}-url is not a URL: write https://…`);
    else if (isSentInClear(url)) problems.push(`--${which}-url ${IN_CLEAR.problem}: ${IN_CLEAR.fix}`);
    if (!token) problems.push(`--${which}-token (or ${variable}_TOKEN) is missing beside the URL`);
    return url && token ? { url, token } : undefined;
  };
  const sources = (options.secret ?? []).flatMap((each): [string, string][] => {
    const [, name, source] = /^([^=]+)=(op:\/\/.+|key:.+)$/.exec(each) ?? [];
    if (name === undefined || source === undefined)
      problems.push("--secret is not of the form [REPOSITORY/]NAME=op://vault/item/field");
    return name === undefined || source === undefined ? [] : [[name, source]];
  });
  const [authentik, forgejo] = [system("authentik"), system("forgejo")];
  const port = Number(options.port ?? 22);
  if (!Number.isInteger(port) || port < 1 || port > 65535) problems.push("--port is not a port number");
  if (problems.length > 0) throw new SettingsSourcesError(problems.join("\n"));
  return {
    host: host ?? "",
    port,
    user: options.user ?? userInfo().username,
    hostKey: options.hostKey,
    privateKey: options.privateKey,
    config: options.zotConfig,
    zot: options.zotBinary,
    restart: options.restart,
    registryUrl: (options.registryUrl ?? environment["REGISTRY_URL"])?.replace(/\/+$/, ""),
    vault: options.vault,
    authentik,
    slug: options.slug,
    forgejo,
    owner: options.forgejoOwner ?? environment["FORGEJO_OWNER"],
    sources: new Map(sources),
    environment,
  };
}
