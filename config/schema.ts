import { z } from "zod";
import {
  configFileName,
  dangerKind,
  days,
  encrypted,
  groupName,
  hostPath,
  hours,
  minutes,
  mountText,
  namespaceName,
  objectName,
  port,
  secret,
  secretOrKey,
  sshPublicKey,
  forgejoName,
  glob,
  text,
  tokenUrl,
  url,
  verb,
} from "./fields";
import { OWN_OPTIONS } from "../systems/host/container";
import type { Tree } from "../systems/zot/config/read";
import { zotConfig } from "./zot-config";

/*
 * The settings of a stack, one entry a config key (`zot-access:<key>`). The schema is the type: what is documented
 * here is what the loader accepts, and what the rest of the program receives.
 */

const authentik = z.strictObject({
  /** Where Authentik answers, e.g. `https://authentik.example.org`; https, since a token goes there. Required. */
  url: tokenUrl,
  /** API token of an Authentik user who may manage providers, applications, groups, users, flows and tokens. Required. */
  token: secret,
  /**
   * Slug of the application; part of the OIDC issuer. All names that two stacks must not share follow from it, so a second registry
   * needs only a slug of its own. What exists under this slug is adopted, whatever it is called.
   */
  slug: text.regex(/^[-a-zA-Z0-9_]+$/, "is not a slug (letters, digits, - and _)").default("zot"),
  /** Name that people see in Authentik; left out, that of the application that exists, or else `<slug> registry`. */
  applicationName: text.optional(),
  /** Name of the OAuth2 provider; left out, that of the application's provider, or else the slug. */
  providerName: text.optional(),
  /** Client id that zot logs people in with; left out, that of the application's provider, or else the slug. */
  clientId: text.optional(),
  /** Where a click on the application leads; left out, where it leads in the registry already, or else `registryUrl`. */
  launchUrl: text.optional(),
  /**
   * Name of the certificate key pair that signs tokens; left out, the provider's own, or else `authentik Self-signed Certificate`.
   * Without one Authentik falls back to HS256, which zot refuses.
   */
  signingKey: text.optional(),
  /**
   * Slug of the flow that a person passes when zot asks for access; left out, the provider's own, or else
   * `default-provider-authorization-implicit-consent`.
   */
  authorizationFlow: text.optional(),
  /** Slug of the flow at log-out; left out, the provider's own, or else `default-provider-invalidation-flow`. */
  invalidationFlow: text.optional(),
  /** What the pushers' login is named after, its flow and stages; left out, `<slug>-ci`. Made by this program. */
  pushersLogin: text.optional(),
  /** Whether the OIDC provider and the application are protected: `pulumi destroy` does not remove them until this is false and deployed. */
  protect: z.boolean().default(true),
});

const onepassword = z.strictObject({
  /** Id of the vault that receives the minted key (26 characters; a name would replace the item at every run). Required. */
  vaultId: z.string().regex(/^[a-z2-7]{26}$/, "is not a vault id (26 characters of a-z and 2-7)"),
  /** Name of the same vault; references that use it need no look-up. */
  vaultName: text.optional(),
  /** 1Password Connect; left out, the provider reads OP_CONNECT_HOST and OP_CONNECT_TOKEN. */
  connectUrl: tokenUrl.optional(),
  /** Token of that Connect server. */
  connectToken: encrypted.optional(),
  /** A service account instead of Connect; left out, the provider reads OP_SERVICE_ACCOUNT_TOKEN. */
  serviceAccountToken: encrypted.optional(),
  /** The desktop app's account instead, for an operator's laptop. */
  account: text.optional(),
});

const container = z.strictObject({
  /** What runs it: `podman` or `docker`, a command on the host. */
  runtime: z.enum(["podman", "docker"]),
  /** Its image, with a tag or pinned by digest. zot's version, `zot verify` and the trial of a deploy run in the same. Required. */
  image: text.regex(/^[^\s-][^\s]*$/, "is not the name of an image"),
  /** Its name. Required. */
  name: text.regex(/^[a-zA-Z0-9][\w.-]+$/, "is not the name of a container"),
  /**
   * What of the host it sees, `/host:/container`, with options such as `z` behind another colon. The folder of the config, or the
   * config and `oidc-credentials.json` each as a file; the images; certificates. Required.
   */
  mounts: z.array(mountText).min(1),
  /** Its network; with `host`, zot listens on the host's own addresses. */
  network: text.regex(/^\S+$/, "has a blank").default("host"),
  /** Ports of the host that lead to it: `[address:]port:container port`. */
  publish: z
    .array(text.regex(/^((\[[^\]]+\]|[\d.]+):)?\d+:\d+(\/tcp)?$/, "is not [address:]port:container port"))
    .default([]),
  /** More options of `run`, a word each: `--user=1000:1000`, `--label=io.containers.autoupdate=registry`. */
  options: z
    .array(
      text
        .regex(/^--?[^\n]+$/, "is not one option of run, with its value behind =")
        .refine(
          (option) => !OWN_OPTIONS.test(option),
          "is what this program gives the container by itself, or by host.container's own fields: leave it out",
        ),
    )
    .default([]),
});

const jump = z.strictObject({
  /** Its name or address. Required. */
  address: text,
  /** Its SSH port. */
  port: port.default(22),
  /** The SSH user there, who may do no more than pass on (`AllowTcpForwarding`). Required. */
  user: text,
  /** Its public key, as for the host. Required. */
  hostKey: sshPublicKey,
  /** Private key to log in there with; left out, the one for the host, or the agent. */
  privateKey: secret.optional(),
});

const host = z.strictObject({
  /** Name or address of the registry host. Required. */
  address: text,
  /** Its SSH port. */
  port: port.default(22),
  /** The SSH user, who owns zot's files and its service. Required. */
  user: text,
  /**
   * The user that zot runs as, where that is another one: everything of a deploy but the restart of the service is done as that user.
   * The SSH user is then root, or may run `sudo -n -u USER /bin/sh` and `sudo -n systemctl restart UNIT`.
   */
  runAs: text.regex(/^[a-z_][-a-z0-9_.]*\$?$/i, "is not the name of a user").optional(),
  /** The host's public key as `ssh-keyscan` prints it, without the name: no key, no deploy. Required. */
  hostKey: sshPublicKey,
  /** Private key to log in with; left out, the agent at SSH_AUTH_SOCK is asked. */
  privateKey: secret.optional(),
  /** The server through which the host is reached, where this machine cannot reach it itself. */
  proxyJump: jump.optional(),
  /** Folder of zot's config and of oidc-credentials.json. Required. */
  configFolder: hostPath,
  /**
   * Name of the config in it: `config.json`, `config.yaml`. Left out, the one that the service serves (by its process or its
   * definition), or `config.json` where there is none. It keeps its name and its format.
   */
  configFile: configFileName.optional(),
  /** Folder of the images, where `zot.config` names none (`storage.rootDirectory`). */
  dataFolder: hostPath.optional(),
  /** The zot executable. Required, where zot runs in no container. */
  zotBinary: hostPath.optional(),
  /** The container that zot runs in, instead of `zotBinary`. Paths in zot's config are the container's then. */
  container: container.optional(),
  /**
   * Name in zot's own certificate, by which it is asked on the host, where zot has TLS of its own (`http.tls` in its config); left out,
   * that of `registryUrl`. The certificate has to be the one of `http.tls.cert`, or one that the host trusts.
   */
  tlsName: text.optional(),
  /** What a preview does when the host cannot be reached and drift is therefore unknown. */
  unreachable: z.enum(["warn", "fail", "off"]).default("warn"),
  /** What `pulumi destroy` leaves: `keep` the registry as it is, or `restore` what was there before the first deploy. */
  onDestroy: z.enum(["keep", "restore"]).default("keep"),
});

const service = z.discriminatedUnion("manager", [
  z.strictObject({
    /** `launchd`, `systemd` or `command`: what keeps zot running on the host. */
    manager: z.literal("launchd"),
    /** Label of the LaunchAgent. */
    label: text,
    /** `gui` needs a logged-in user, `user` does not; left out, the one where the label is loaded. */
    domain: z.enum(["gui", "user"]).optional(),
    /** Whether this program writes the LaunchAgent; false where another tool owns it. */
    manage: z.boolean().default(true),
    /** Where `manage` is false: whether that agent runs this program's launcher, which lets zot start without Authentik. */
    launcher: z.boolean().optional(),
    /** Command that restarts zot instead of `launchctl kickstart`, and returns after the old process has gone. */
    restart: text.optional(),
    /** Where zot's own output goes: into one file, or into two, `{out: …, err: …}`. Whoever rotates them goes on doing so. */
    logFile: z.union([hostPath, z.strictObject({ out: hostPath, err: hostPath })]).optional(),
  }),
  z.strictObject({
    manager: z.literal("systemd"),
    /** Unit, with its `.service`. */
    unit: text,
    /** Whose units: the SSH user's, or the system's. */
    scope: z.enum(["user", "system"]).default("user"),
    manage: z.boolean().default(true),
    launcher: z.boolean().optional(),
    restart: text.optional(),
  }),
  z.strictObject({
    manager: z.literal("command"),
    /** Command on the host that restarts zot and returns after the old process has gone. */
    restart: text,
    /** Whether that service runs this program's launcher, which lets zot start while the issuer is away. */
    launcher: z.boolean().default(false),
  }),
]);

const zot = z.strictObject({
  /**
   * The registry's own zot config, in zot's words: storage, address, port, other logins, caches, scanners, log. This program lays
   * its parts over it: `http.externalUrl`, the login `oidc`, API keys, `http.accessControl`, whose rules it refuses
   * here, but for `metrics`. Secrets in it are `op://` references, or the whole setting is encrypted.
   */
  config: zotConfig.optional(),
  /** The same from a file of this project, in JSON or YAML, instead of `config`. */
  configFile: text.optional(),
  /** Version to render for while a preview cannot ask the host: that of the host, or such a preview may show spurious changes. */
  assumeVersion: z
    .string()
    .regex(/^\d+\.\d+\.\d+$/, "is not a version like 2.1.20")
    .default("2.1.20"),
  /** Changes that would hurt the registry's users, open it or leave data behind, and are refused unless their kind is named here. */
  allow: z.array(dangerKind).default([]),
});

const oidc = z.strictObject({
  /** The issuer; left out, it follows from authentik.url and authentik.slug. The trailing slash counts. */
  issuer: z.string().optional(),
  /** Scopes that zot asks for. */
  scopes: z.array(text).default(["openid", "email", "profile"]),
  /** Claim that becomes the zot username; service accounts have no email, so not `email`. */
  usernameClaim: text.default("preferred_username"),
  /** Claim that holds the names of the groups. */
  groupsClaim: text.default("groups"),
  /** Redirect URIs; left out, the one that zot uses, beside further ones of the registry that are there. Each must belong to registryUrl. */
  redirectUrls: z.array(url).min(1).optional(),
});

/** What somebody may do: `pull`, `push` (new tags), `overwrite` (tags that exist), `delete`. */
const may = z.array(verb).min(1);

const anonymous = z.strictObject({
  /** Repositories that anybody may pull from without a login, as zot globs; `[]` for none. */
  pull: z.array(glob).default([]),
});

const authenticated = z.strictObject({
  /** Repositories that whoever is logged in may pull from, besides those that need no login. */
  pull: z.array(glob).default([]),
  /** Where whoever is logged in may push new tags, pushers of all other repositories included. */
  push: z.array(glob).default([]),
  /** Where whoever is logged in may overwrite tags. */
  overwrite: z.array(glob).default([]),
  /** Where whoever is logged in may delete. */
  delete: z.array(glob).default([]),
});

const role = z.strictObject({
  /** Groups that exist in Authentik. They are looked up, never owned, and their members may log in. */
  groups: z.array(groupName).min(1),
  /** What they may do: some of `pull`, `push` (new tags), `overwrite` (tags that exist), `delete`. */
  may,
  /** In which repositories, as zot globs. Roles add up. */
  in: z.array(glob).min(1),
});

const users = z.strictObject({
  /** Users by the names that zot has for them: of htpasswd or LDAP, or of people. */
  users: z.array(text).min(1),
  /** As for a role. */
  may,
  /** As for a role. */
  in: z.array(glob).min(1),
});

const access = z.strictObject({
  /**
   * Who may log in: `groups`, members of those in `roles` and the pushers; `everybody` that Authentik knows, as in an application
   * without bindings.
   */
  login: z.enum(["groups", "everybody"]).default("groups"),
  /** Who needs no login. Left out: everything may be pulled; `{}`: nothing, a private registry. */
  anonymous: anonymous.prefault({ pull: ["**"] }),
  /** What whoever is logged in may do (zot's defaultPolicy). */
  authenticated: authenticated.prefault({}),
  /** What groups of people may do. Left out: the group `admins` may do everything everywhere. */
  roles: z
    .array(role)
    .default([{ groups: ["admins"], may: ["pull", "push", "overwrite", "delete"], in: ["**"] }]),
  /** The same for users by name. */
  users: z.array(users).default([]),
  /** Who reads /metrics; left out, as `zot.config` has it, and without that whoever asks. */
  metrics: z
    .strictObject({
      /** Whether a scraper needs no login. */
      anonymous: z.boolean().default(true),
      /** Users who may. */
      users: z.array(text).default([]),
    })
    .optional(),
});

const pusher = z.strictObject({
  /** Its group, which zot's rules name. Made by this program; no other pusher has it. Left out: the pusher's name. */
  group: groupName.optional(),
  /** What it may do in `in`. */
  may: may.default(["pull", "push"]),
  /** Repositories that it may do that in, as zot globs. None may reach below a pull-through cache: only zot fills these. Required. */
  in: z.array(glob).min(1),
  /** Further repositories that it may pull from, where these are not open. */
  pull: z.array(glob).default([]),
  /** Which of `overwrite` and `delete` it may have in `may`: a pipeline that has them can change what was released. */
  allow: z.array(z.enum(["overwrite", "delete"])).default([]),
  /** Days that a key lives. */
  lifetimeDays: days.max(90).default(90),
  /** Days after which the next run renews it. */
  renewAfterDays: days.default(60),
  /**
   * When a replaced key goes: `grace` with the first run after graceHours, so that a job that read it before the renewal ends
   * well; `revoke` at the end of the run that replaced it; `expire` by itself.
   */
  oldKey: z.enum(["revoke", "grace", "expire"]).default("grace"),
  /** Grace period of a replaced key, in hours, where oldKey is `grace`: longer than the longest job. */
  graceHours: hours.default(24),
  /**
   * A key that is in use already, e.g. `op://vault/item/password`: it is used and handed on as it is, until it is as near to its
   * end as a key of this program would be when it is renewed. Leave it out to have one minted at the next run.
   */
  from: secret.optional(),
  /** Whether the key of `from` is revoked, as `oldKey` says, once it has been replaced. */
  revokeAdopted: z.boolean().default(false),
  /** Title of the 1Password item that holds the key; left out, `<name>-apikey`. */
  itemTitle: text.optional(),
});

const forgejo = z.strictObject({
  /** Where Forgejo answers; https, since a token goes there. Required. */
  url: tokenUrl,
  /** Token of a user who owns the repositories, scope `write:repository`. Required. */
  token: secret,
  /** Owner of the repositories, where an entry names none. Required. */
  owner: forgejoName,
  repositories: z.array(
    z.strictObject({
      /** Name of the repository. */
      name: forgejoName,
      /** Its owner, where it is another one. */
      owner: forgejoName.optional(),
      /** Whether this program alone decides which secrets it has: others are deleted, after a preview named them. */
      authoritative: z.boolean().default(false),
      /** `NAME: op://vault/item/field`, or `NAME: key:PUSHER` for the key of one of the pushers. */
      secrets: z.record(z.string(), secretOrKey),
    }),
  ),
  /** Secrets that all repositories of an organisation see; the token then needs `write:organization` too. */
  organizations: z
    .array(
      z.strictObject({
        /** Name of the organisation. */
        name: forgejoName,
        /** As for a repository. */
        authoritative: z.boolean().default(false),
        /** As for a repository. */
        secrets: z.record(z.string(), secretOrKey),
      }),
    )
    .default([]),
});

const externalSecret = z.strictObject({
  /** Name of the store, which reads the vault of `onepassword.vaultId`. Required. */
  store: objectName,
  /** Its kind: one for the whole cluster, or one in each of the namespaces. */
  storeKind: z.enum(["ClusterSecretStore", "SecretStore"]).default("ClusterSecretStore"),
  /** The provider in its `spec`, which decides how a field is asked for: 1Password Connect, or a service account. */
  storeProvider: z.enum(["onepassword", "onepasswordSDK"]).default("onepassword"),
  /** Minutes from one read of 1Password to the next. A replaced key must live longer: see the pusher's `oldKey`. */
  refreshMinutes: minutes.default(60),
});

const cluster = z.strictObject({
  /** Context of the kubeconfig (the files of KUBECONFIG, else `~/.kube/config`). */
  context: text,
  /** The pusher whose key its builders get; left out, the only one. */
  pusher: text.optional(),
  /** Namespaces whose builders push. They exist already. */
  namespaces: z.array(namespaceName).min(1),
  /** Name of the Secret (`kubernetes.io/dockerconfigjson`); left out, `<slug>-push`. */
  secretName: objectName.optional(),
  /** Has the External Secrets Operator write the Secret from the 1Password item; left out, this program writes it. */
  externalSecret: externalSecret.optional(),
});

const keyHolder = z.strictObject({
  /** User of the registry. */
  username: text,
  /** Groups that Authentik gives the user; of `admin`, left out, those of the first role. */
  groups: z.array(groupName).optional(),
  /** An API key of that user. */
  key: secret,
});

const proof = z.strictObject({
  /** A key of somebody who may do everything: with one, the proof shows that overwriting and deleting work. */
  admin: keyHolder.optional(),
  /** A key of somebody who is in no group that a role or a pusher has. */
  outsider: keyHolder.optional(),
  /** Repository that the proof creates when there is none yet that its pusher may push to. */
  scratchRepository: text.optional(),
  /** An image that `npm run verify` pulls through, as it is pulled here without the registry: `docker.io/library/alpine:3`. */
  pullThroughImage: text.optional(),
  /**
   * Whether `npm run verify` may mint two keys as a pusher, one that it revokes and one that ends after two seconds, to see
   * that dead keys are refused. Both are removed.
   */
  mintTestKeys: z.boolean().default(true),
});

export const sections = {
  /** Where clients find the registry, e.g. `https://registry.example.org`; https, since keys go there and logins need it. Required. */
  registryUrl: url,
  authentik,
  onepassword,
  host,
  service,
  zot: zot.prefault({}),
  oidc: oidc.prefault({}),
  access: access.prefault({}),
  /** Accounts that push: one for each pipeline, by its name in Authentik, made by this program, each with a key of its own. `{}`: none. Required. */
  pushers: z.record(z.string(), pusher),
  forgejo,
  clusters: z.array(cluster).default([]),
  proof: proof.prefault({}),
};

/** The sections as they stand in the stack's file, with defaults. */
export type Sections = { readonly [Key in keyof typeof sections]: z.output<(typeof sections)[Key]> };
/** Those of them that could be parsed. */
export type ParsedSections = { readonly [Key in keyof Sections]?: Sections[Key] | undefined };

type Named<T, Names extends keyof T> = T & { [Name in Names]-?: NonNullable<T[Name]> };

export type Pusher = Named<Sections["pushers"][string], "group" | "itemTitle"> & { readonly name: string };

/** The settings as the program receives them: every name filled in. */
export interface Settings extends Omit<Sections, "authentik" | "pushers" | "clusters" | "zot"> {
  /** The operator's config, wherever it came from, with a folder for the images. */
  readonly zot: Omit<Sections["zot"], "config" | "configFile"> & { readonly config: Tree };
  readonly authentik: Named<Sections["authentik"], "applicationName" | "pushersLogin"> & {
    /** Whether the name of the application was given, and is not the one that it has by default. */
    readonly isNamed: boolean;
  };
  /** By their names. */
  readonly pushers: Readonly<Record<string, Pusher>>;
  readonly clusters: readonly Named<Sections["clusters"][number], "secretName" | "pusher">[];
}

/** The sections that parsed; a cross-check runs on what it needs and is silent where that is missing. */
export type Parsed = { readonly [Key in keyof Settings]?: Settings[Key] | undefined };
