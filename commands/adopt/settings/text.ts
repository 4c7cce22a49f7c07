import { posix } from "node:path";
import { Document, isScalar, visit } from "yaml";
import { CLIENT_DEFAULTS } from "../../../systems/authentik/oidc-client";
import { mountProblems, unlabelled } from "../../../systems/host/container";
import type { FoundContainer } from "../../../systems/host/types";
import { asSettings, type HostInstallation } from "../../../systems/host/installation";
import { overlay, type Part } from "../../../systems/zot/config/overlay";
import { hiddenTexts } from "../../../systems/zot/config/masked";
import { isTree, textAt, type Tree, treeAt } from "../../../systems/zot/config/read";
import { storageFolders } from "../../../systems/zot/config/storage";
import { PROGRAM_PARTS } from "../../../systems/zot/config/render";
import type { Discovered, FoundRepository, SecretSource } from "./discovered";
import { rightsOf } from "./rights";

/** Encrypts a value with the stack's key, in the format of its settings file. */
export type Encrypt = (value: string) => string;

/** Lines of one comment. */
type Comment = readonly string[];

/** A part of the settings, with comments below it. */
interface Section {
  readonly key: string;
  readonly value: unknown;
  /** One for each value that was not found and has to be filled in. */
  readonly unknown?: readonly Comment[];
  readonly hint?: Comment;
  /** What somebody has to decide. */
  readonly notes?: readonly string[];
}

export interface SettingsText {
  readonly text: string;
  /** How many values have to be filled in. */
  readonly unknown: number;
  /** For the user: what somebody has to decide. They are comments of the text as well. */
  readonly notes: readonly string[];
}

/**
 * The settings of a stack that keep the installation as it is, except for the effects of hardening. Unknown values
 * are comments.
 *
 * @param namespace the Pulumi project's name
 */
export function settingsText(found: Discovered, namespace: string, encrypt: Encrypt): SettingsText {
  const sections = [
    registryUrl(found),
    onepassword(found),
    authentik(found, encrypt),
    host(found, encrypt),
    service(found),
    zot(found, encrypt),
    ...oidc(found),
    ...rights(found),
    forgejo(found, encrypt),
  ];
  const lines = sections.flatMap(({ hint = [], key, notes = [], unknown = [], value }) => [
    ...(value === undefined ? [] : block({ [`${namespace}:${key}`]: value }, 2)),
    ...[...unknown.flat(), ...notes, ...hint].map((line) => `${value === undefined ? "" : "  "}  # ${line}`),
  ]);
  return {
    text: [HEAD, "config:", ...lines, ""].join("\n"),
    notes: sections.flatMap(({ notes = [] }) => notes),
    unknown: sections.reduce((sum, { unknown = [] }) => sum + unknown.length, 0),
  };
}

const HEAD =
  "# Written by `npm run adopt -- --write-settings` from what was found. docs/settings.md says what else can be set. 1Password itself is\n" +
  "# opened by OP_SERVICE_ACCOUNT_TOKEN, or by OP_CONNECT_HOST and OP_CONNECT_TOKEN.";

function block(value: unknown, indent: number): string[] {
  const document = new Document(value, { aliasDuplicateObjects: false });
  visit(document, {
    Seq: (_key, seq) => {
      // One line for a list of a few words.
      if (seq.items.every((item) => isScalar(item) && String(item.value).length < 40)) seq.flow = true;
    },
  });
  const text = document.toString({ lineWidth: 0, flowCollectionPadding: false }).trimEnd();
  return text.split("\n").map((line) => (line === "" ? "" : " ".repeat(indent) + line));
}

function registryUrl({ registryUrl: url }: Discovered): Section {
  return url === undefined
    ? {
        key: "registryUrl",
        value: undefined,
        unknown: [
          [
            "Fill in the URL under which clients find the registry.",
            "zot-access:registryUrl: https://registry.example.org",
          ],
        ],
      }
    : { key: "registryUrl", value: url };
}

function onepassword({ vault }: Discovered): Section {
  if (vault) return { key: "onepassword", value: { vaultId: vault.id, vaultName: vault.name } };
  const unknown = [
    "Fill in the vault for the keys (`op vault list`).",
    "zot-access:onepassword:",
    "  vaultId: 26 characters",
  ];
  return { key: "onepassword", value: undefined, unknown: [unknown] };
}

function authentik({ authentik: found }: Discovered, encrypt: Encrypt): Section {
  if (!found) {
    const unknown = [
      "Fill in Authentik's address and token.",
      "zot-access:authentik:",
      "  url: https://authentik.example.org",
      "  token: op://VAULT/ITEM/FIELD",
    ];
    return { key: "authentik", value: undefined, unknown: [unknown] };
  }
  const { application, names, provider, token, url } = found;
  const slug = application?.slug ?? "zot";
  const named = (id: string | undefined, usual: string) => {
    const name = id === undefined ? undefined : names.get(id);
    return name === usual ? undefined : name;
  };
  const value = given({
    url,
    token: secretOf(token, encrypt),
    slug: slug === "zot" ? undefined : slug,
    applicationName: application?.name,
    providerName: provider?.name,
    clientId: provider?.clientId,
    launchUrl: application && application.launchUrl !== "" ? application.launchUrl : undefined,
    signingKey: named(provider?.signingKey, CLIENT_DEFAULTS.signingKey),
    authorizationFlow: named(provider?.authorizationFlow, CLIENT_DEFAULTS.authorizationFlow),
    invalidationFlow: named(provider?.invalidationFlow, CLIENT_DEFAULTS.invalidationFlow),
  });
  const unknown = token
    ? []
    : [["Fill in an API token of an Authentik admin.", "token: op://VAULT/ITEM/FIELD"]];
  return { key: "authentik", value, unknown };
}

function host(
  { host: { address, hostKey, port, privateKey, user }, installation }: Discovered,
  encrypt: Encrypt,
): Section {
  const { configFile, container, runsAs, sshUser, zotBinary } = installation;
  const { base, dir } = posix.parse(configFile);
  const value = given({
    address,
    port: port === 22 ? undefined : port,
    user,
    runAs: runsAs === undefined || runsAs === sshUser ? undefined : runsAs,
    hostKey,
    privateKey: secretOf(privateKey, encrypt),
    configFolder: dir,
    configFile: base === "config.json" ? undefined : base,
    zotBinary: container ? undefined : zotBinary,
    container: container && containerOf(container),
  });
  const unknown =
    hostKey === undefined
      ? [
          [
            `Fill in the host's key: \`ssh-keyscan -t ed25519 ${address}\`, checked on the host itself. Deploys are refused without it.`,
            "hostKey: ssh-ed25519 …",
          ],
        ]
      : [];
  return {
    key: "host",
    value,
    unknown: [...unknown, ...(container ? unknownOf(container, installation) : [])],
  };
}

function containerOf(found: FoundContainer) {
  const { image, mounts, name, network, options, publish, runtime } = asSettings(found);
  return given({
    runtime,
    image,
    name: name === "" ? undefined : name,
    mounts,
    network: network === "host" ? undefined : network,
    publish: publish.length > 0 ? publish : undefined,
    options: options.length > 0 ? options : undefined,
  });
}

/** What no runtime reports about a container, and what to change in its own definition first. */
function unknownOf(
  container: FoundContainer,
  { config, configFile, enforcing = false }: HostInstallation,
): Comment[] {
  const settings = asSettings(container);
  const { base, dir } = posix.parse(configFile);
  const service = { manager: "command", restart: "", manage: false, launcher: false } as const;
  const problems = mountProblems(
    { configFolder: dir, configName: base, container: settings, service },
    storageFolders(config),
  );
  const bare = enforcing ? unlabelled(settings) : [];
  return [
    ...(settings.name === ""
      ? [
          [
            "The container has no fixed name. Give it one in its own definition (--name), and here:",
            "  name: NAME",
          ],
        ]
      : []),
    ...(container.variables.length > 0
      ? [
          [
            `Not readable: the container's values of ${container.variables.join(", ")}. If zot needs one of them at its start, for instance the file`,
            'of a CA, the trial of a deploy needs it too. Add container: options: ["--env=NAME=VALUE"], or "--env-file=/its/file" for a secret.',
          ],
        ]
      : []),
    ...(bare.length > 0
      ? [
          [
            `Not readable: whether ${bare.join(", ")} have SELinux's label for containers. Write z behind each that is mounted with it.`,
          ],
        ]
      : []),
    ...problems.map(({ fix, problem }) => [`To do: the container ${problem}; ${fix}.`]),
  ];
}

function service({ host: { restart }, installation }: Discovered): Section {
  const { launched, service: found } = installation;
  if (restart !== undefined)
    return { key: "service", value: { manager: "command", restart, launcher: launched } };
  if (!found) {
    const unknown = [
      "Found no service manager of zot. Fill in a command that restarts zot and returns after the old process has ended.",
      "zot-access:service:",
      "  manager: command",
      "  restart: COMMAND",
    ];
    return { key: "service", value: undefined, unknown: [unknown] };
  }
  if (found.manager === "systemd") {
    const { scope, unit } = found;
    return {
      key: "service",
      value: given({
        manager: "systemd",
        unit,
        scope: scope === "user" ? undefined : scope,
        // This program's system unit would run zot as root; a unit that starts a container stays as it is.
        manage: scope === "system" || installation.container ? false : undefined,
      }),
    };
  }
  if (found.manager === "command") return { key: "service", value: found };
  const [out, err] = found.logFiles;
  const logFile = out === undefined || err === undefined ? out : { out, err };
  return { key: "service", value: given({ manager: "launchd", label: found.label, logFile }) };
}

/** The operator's own config, without the parts that the program overlays. */
function zot({ installation: { config }, references }: Discovered, encrypt: Encrypt): Section {
  const parts = PROGRAM_PARTS.map((path): Part => ({ path, gone: true }));
  const own = withoutEmptied(overlay(config, parts), config);
  // The file will be in a repository: a value that a preview masks is not written in clear.
  const secrets = new Set(hiddenTexts(own).map((path) => path.join("\0")));
  const hidden = mapped(own, [], (value, path) => {
    if (!secrets.has(path.join("\0"))) return value;
    const [reference] = [...references].find(([, known]) => known === value) ?? [];
    return reference ?? { secure: encrypt(String(value)) };
  });
  return { key: "zot", value: { config: hidden } };
}

/** Maps that are empty without the program's parts. */
function withoutEmptied(tree: Tree, before: Tree): Tree {
  const entries = Object.entries(tree).flatMap(([name, value]): [string, unknown][] => {
    const old = before[name];
    if (!isTree(value) || !isTree(old)) return [[name, value]];
    const inner = withoutEmptied(value, old);
    return Object.keys(inner).length === 0 && Object.keys(old).length > 0 ? [] : [[name, inner]];
  });
  return Object.fromEntries(entries);
}

function mapped(
  value: unknown,
  path: readonly string[],
  convert: (value: unknown, path: readonly string[]) => unknown,
): unknown {
  if (Array.isArray(value))
    return value.map((each, index) => mapped(each, [...path, String(index)], convert));
  if (!isTree(value)) return convert(value, path);
  return Object.fromEntries(
    Object.entries(value).map(([name, inner]) => [name, mapped(inner, [...path, name], convert)]),
  );
}

function oidc({
  authentik: found,
  installation: { config },
  pushers,
  registryUrl: url,
}: Discovered): Section[] {
  const provider = treeAt(config, "http", "auth", "openid", "providers", "oidc");
  const scopes = provider && listAt(provider, "scopes");
  const usernameClaim = textAt(provider, "claimMapping", "username");
  const groupsClaim = textAt(provider, "claimMapping", "groups");
  const redirects = (found?.provider?.redirects ?? []).filter(({ strict }) => strict).map((each) => each.url);
  const own = url === undefined ? [] : redirects.filter((each) => each.startsWith(`${url}/`));
  // zot's default claim, which service accounts lack.
  const claim = provider && (usernameClaim ?? "email");
  const isKept = claim !== "email" || pushers.length === 0;
  const value = given({
    scopes:
      scopes && JSON.stringify(scopes) !== JSON.stringify(["openid", "email", "profile"])
        ? scopes
        : undefined,
    usernameClaim: claim === "preferred_username" || !isKept ? undefined : claim,
    groupsClaim: groupsClaim === "groups" ? undefined : groupsClaim,
    redirectUrls: own.length > 1 ? own : undefined,
  });
  const hint =
    claim === "email" && isKept
      ? [
          "Pushers need preferred_username, because service accounts have no email. Remove usernameClaim with the first pusher. User-made",
          "keys then keep the old name: their owners create new ones.",
        ]
      : [];
  return Object.keys(value).length === 0 ? [] : [{ key: "oidc", value, hint }];
}

function listAt(tree: Tree, name: string): string[] | undefined {
  const key = Object.keys(tree).find((each) => each.toLowerCase() === name.toLowerCase());
  const value = key === undefined ? undefined : tree[key];
  return Array.isArray(value) ? value.map(String) : undefined;
}

function rights({ authentik: found, installation, pushers }: Discovered): Section[] {
  const {
    access,
    notes,
    pushers: accounts,
    strange,
  } = rightsOf(installation.config, {
    pushers,
    groups: found?.groups,
    repositories: installation.repositories,
  });
  const hint =
    Object.keys(accounts).length > 0
      ? []
      : [
          "No pusher has an account of its own yet. Add one for each pipeline, with the repositories that it pushes to:",
          "zot-ci:",
          '  in: ["team/**"]',
        ];
  return [
    {
      key: "access",
      unknown: strangers(strange),
      value: { ...(found?.isOpenToAll === true && { login: "everybody" }), ...access },
    },
    { key: "pushers", value: accounts, hint, notes },
  ];
}

function strangers(strange: readonly object[]): Comment[] {
  if (strange.length === 0) return [];
  return [
    [
      "Not in Authentik: groups that zot's rules name. Create them there, and add to roles:",
      ...strange.map((role) => `  - ${flow(role)}`),
      "Without it they lose their rights, which is refused unless zot.allow holds loseRights.",
    ],
  ];
}

/** On one line. */
function flow(value: object): string {
  return new Document(value)
    .toString({ lineWidth: 0, collectionStyle: "flow", flowCollectionPadding: false })
    .trimEnd();
}

function forgejo({ forgejo: found, pushers, sources }: Discovered, encrypt: Encrypt): Section {
  if (!found) {
    const unknown = [
      "Fill in Forgejo's address and token.",
      "zot-access:forgejo:",
      "  url: https://forgejo.example.org",
      "  token: op://VAULT/ITEM/FIELD",
    ];
    return { key: "forgejo", value: undefined, unknown: [unknown] };
  }
  const { owner, repositories, token, url } = found;
  const open: string[] = [];
  const sourceOf = (repository: string, name: string) =>
    sources.get(`${repository}/${name}`) ??
    sources.get(name) ??
    pusherOf(
      name,
      pushers.map(({ username }) => username),
    );
  const entries = repositories.flatMap((repository) => {
    const { name, secrets } = repository;
    const known = secrets.flatMap((secret): [string, string][] => {
      const source = sourceOf(name, secret);
      if (source === undefined) open.push(`${name}: ${secret}: op://VAULT/ITEM/FIELD`);
      return source === undefined ? [] : [[secret, source]];
    });
    return known.length === 0 ? [] : [entryOf(repository, owner, known)];
  });
  const unknown = [
    ...(owner === undefined ? [["Fill in the owner of the repositories.", "owner: NAME"]] : []),
    ...(token
      ? []
      : [["Fill in a token of that owner with the scope write:repository.", "token: op://VAULT/ITEM/FIELD"]]),
    ...(open.length === 0
      ? []
      : [
          [
            "The sources of these Actions secrets are not known. They stay unmanaged; to manage them from 1Password, add them to `secrets` of",
            "their repository:",
            ...open.map((line) => `  ${line}`),
          ],
        ]),
  ];
  const value = given({ url, token: secretOf(token, encrypt), owner, repositories: entries });
  return { key: "forgejo", value, unknown };
}

function entryOf({ name, owner }: FoundRepository, usual: string | undefined, known: [string, string][]) {
  return given({ name, owner: owner === usual ? undefined : owner, secrets: Object.fromEntries(known) });
}

/** A secret that is named after a pusher gets that pusher's key: `ZOT_CI_API_KEY` the one of `zot-ci`. */
function pusherOf(secret: string, pushers: readonly string[]): string | undefined {
  const plain = (name: string) => name.toUpperCase().replace(/[^A-Z0-9]+/g, "_");
  const found = pushers.find((pusher) => `${plain(secret)}_`.startsWith(`${plain(pusher)}_`));
  return found === undefined ? undefined : `key:${found}`;
}

function secretOf(source: SecretSource | undefined, encrypt: Encrypt): unknown {
  if (!source) return undefined;
  return "reference" in source ? source.reference : { secure: encrypt(source.value) };
}

function given<T extends Record<string, unknown>>(values: T): Partial<T> {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined)) as Partial<T>;
}
