import { z } from "zod";
import {
  configFileName,
  dangerKind,
  days,
  encrypted,
  groupName,
  hostPath,
  hours,
  loginName,
  minutes,
  mountText,
  namespaceName,
  objectName,
  port,
  secret,
  secretOrKey,
  sshAddress,
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
 * The settings of a stack, one entry per config key (`zot-access:<key>`). The schema is the type: it documents what the loader
 * accepts, and what the rest of the program receives.
 */

const authentik = z.strictObject({
  /** Authentik's URL, e.g. `https://authentik.example.org`. It must be https, because a token is sent to it. Required. */
  url: tokenUrl,
  /** API token of an Authentik superuser: nobody else may create an app password for another account. Required. */
  token: secret,
  /**
   * Slug of the application, and part of the OIDC issuer. All names that must differ between two stacks are derived from it, so a second
   * registry only needs another slug. An existing application with this slug is adopted, whatever its name is.
   */
  slug: text.regex(/^[-a-zA-Z0-9_]+$/, "is not a slug (letters, digits, - and _)").default("zot"),
  /** Display name in Authentik. Default: the name of the existing application, or else `<slug> registry`. */
  applicationName: text.optional(),
  /** Name of the OAuth2 provider. Default: the name of the application's provider, or else the slug. */
  providerName: text.optional(),
  /** Client id of zot's login. Default: the client id of the application's provider, or else the slug. */
  clientId: text.optional(),
  /** Launch URL of the application. Default: the existing one if it belongs to the registry, or else `registryUrl`. */
  launchUrl: text.optional(),
  /**
   * Name of the certificate-key pair that signs tokens. Default: that of the existing provider, or else
   * `authentik Self-signed Certificate`. Without one Authentik signs with HS256, which zot refuses.
   */
  signingKey: text.optional(),
  /**
   * Slug of the authorization flow. Default: that of the existing provider, or else
   * `default-provider-authorization-implicit-consent`.
   */
  authorizationFlow: text.optional(),
  /** Slug of the invalidation flow (logout). Default: that of the existing provider, or else `default-provider-invalidation-flow`. */
  invalidationFlow: text.optional(),
  /** Name prefix of the pushers' login flow and its stages, which the program creates. Default: `<slug>-ci`. */
  pushersLogin: text.optional(),
  /** Protects the OIDC provider and the application. To destroy them, set this to false and deploy first. */
  protect: z.boolean().default(true),
});

const onepassword = z.strictObject({
  /** Id of the vault for the minted keys (26 characters; a name would replace the item at every run). Required. */
  vaultId: z.string().regex(/^[a-z2-7]{26}$/, "is not a vault id (26 characters of a-z and 2-7)"),
  /** Name of that vault. References with this name need no look-up. */
  vaultName: text.optional(),
  /** URL of 1Password Connect. Default: `OP_CONNECT_HOST`, with `OP_CONNECT_TOKEN`, from the environment. */
  connectUrl: tokenUrl.optional(),
  /** Token of that Connect server. */
  connectToken: encrypted.optional(),
  /** Token of a service account, instead of Connect. Default: `OP_SERVICE_ACCOUNT_TOKEN` from the environment. */
  serviceAccountToken: encrypted.optional(),
  /** Account of the desktop app, instead of Connect or a service account, for an operator's laptop. */
  account: text.optional(),
});

const container = z.strictObject({
  /** Container runtime: `podman` or `docker`, a command on the host. */
  runtime: z.enum(["podman", "docker"]),
  /** Image, with a tag or pinned by digest. `zot --version`, `zot verify` and the trial of a deploy run in the same image. Required. */
  image: text.regex(/^[^\s-][^\s]*$/, "is not the name of an image"),
  /** Name of the container. Required. */
  name: text.regex(/^[a-zA-Z0-9][\w.-]+$/, "is not the name of a container"),
  /**
   * Mounts, `/host:/container`, with options such as `z` after another colon. Mount the folder of the config, or the config and
   * `oidc-credentials.json` each as a file; the images; certificates. Required.
   */
  mounts: z.array(mountText).min(1),
  /** Network of the container. With `host`, zot listens on the host's own addresses. */
  network: text.regex(/^\S+$/, "has a blank").default("host"),
  /** Published ports: `[address:]port:container port`. */
  publish: z
    .array(text.regex(/^((\[[^\]]+\]|[\d.]+):)?\d+:\d+(\/tcp)?$/, "is not [address:]port:container port"))
    .default([]),
  /** More options of `run`, one per entry: `--user=1000:1000`, `--label=io.containers.autoupdate=registry`. */
  options: z
    .array(
      text
        .regex(/^--?[^\n]+$/, "is not one option of run, with its value behind =")
        .refine(
          (option) => !OWN_OPTIONS.test(option),
          "is set by this program or by another field of host.container: remove it",
        ),
    )
    .default([]),
});

const jump = z.strictObject({
  /** Name or address of the jump host. Required. */
  address: sshAddress,
  /** SSH port of the jump host. */
  port: port.default(22),
  /** SSH user on the jump host. It needs no right but `AllowTcpForwarding`. Required. */
  user: text,
  /** Public key of the jump host, in the format of `host.hostKey`. Required. */
  hostKey: sshPublicKey,
  /** Private key for the jump host. Default: `host.privateKey`, or else the ssh-agent. */
  privateKey: secret.optional(),
});

const host = z.strictObject({
  /** Name or address of the registry host. Required. */
  address: sshAddress,
  /** SSH port of the host. */
  port: port.default(22),
  /** SSH user, who owns zot's files and its service. Required. */
  user: text,
  /**
   * User that zot runs as, if it is not the SSH user. All steps of a deploy run as this user, except the restart of the service.
   * The SSH user must then be root, or be allowed to run `sudo -n -u USER /bin/sh`, `sudo -n systemctl daemon-reload` and
   * `sudo -n systemctl restart UNIT`.
   */
  runAs: text.regex(/^[a-z_][-a-z0-9_.]*\$?$/i, "is not the name of a user").optional(),
  /** Public key of the host as `ssh-keyscan` prints it, without the name. Without it deploys are refused. Required. */
  hostKey: sshPublicKey,
  /** Private key for SSH. Default: the ssh-agent at `SSH_AUTH_SOCK`. */
  privateKey: secret.optional(),
  /** Jump host, if this machine cannot reach the host directly. */
  proxyJump: jump.optional(),
  /** Folder of zot's config and of `oidc-credentials.json`. Required. */
  configFolder: hostPath,
  /**
   * Name of the config in that folder, such as `config.json` or `config.yaml`. It keeps its name and format. Default: the file that
   * the service serves, by its process or its definition, or else `config.json`.
   */
  configFile: configFileName.optional(),
  /** Folder of the images, if `zot.config` has no `storage.rootDirectory`. */
  dataFolder: hostPath.optional(),
  /** The zot executable. It is required unless zot runs in a container. */
  zotBinary: hostPath.optional(),
  /** Container that zot runs in, instead of `zotBinary`. Paths in zot's config are then paths in the container. */
  container: container.optional(),
  /**
   * Name in zot's own certificate, if zot serves TLS itself (`http.tls` in its config). The host's scripts use it to connect to zot, and
   * accept the certificate of `http.tls.cert`, or one that the host trusts. Default: the host name of `registryUrl`.
   */
  tlsName: text.optional(),
  /** What a preview does if the host cannot be reached, so that drift is unknown. */
  unreachable: z.enum(["warn", "fail", "off"]).default("warn"),
  /** What `pulumi destroy` does on the host: `keep` the registry as it is, or `restore` the config from before the first deploy. */
  onDestroy: z.enum(["keep", "restore"]).default("keep"),
});

const service = z.discriminatedUnion("manager", [
  z.strictObject({
    /** Service manager that runs zot on the host: `launchd`, `systemd` or `command`. */
    manager: z.literal("launchd"),
    /** Label of the LaunchAgent. */
    label: text,
    /** Domain of the LaunchAgent: `gui` needs a logged-in user, `user` does not. Default: the domain where the label is loaded. */
    domain: z.enum(["gui", "user"]).optional(),
    /** Whether this program writes the LaunchAgent. Set it to false if another tool owns it. */
    manage: z.boolean().default(true),
    /** If `manage` is false: whether that LaunchAgent runs this program's launcher, which lets zot start without Authentik. */
    launcher: z.boolean().optional(),
    /** Command that restarts zot, instead of `launchctl kickstart`. It must return after the old process has ended. */
    restart: text.optional(),
    /** File for zot's output, or two: `{out: …, err: …}`. Other tools may rotate them. */
    logFile: z.union([hostPath, z.strictObject({ out: hostPath, err: hostPath })]).optional(),
  }),
  z.strictObject({
    manager: z.literal("systemd"),
    /** Name of the unit, with `.service`. */
    unit: text,
    /** Scope of the unit: the SSH user's units, or the system's. */
    scope: z.enum(["user", "system"]).default("user"),
    manage: z.boolean().default(true),
    launcher: z.boolean().optional(),
    restart: text.optional(),
  }),
  z.strictObject({
    manager: z.literal("command"),
    /** Command on the host that restarts zot. It must return after the old process has ended. */
    restart: text,
    /** Whether that service runs this program's launcher, which lets zot start while the issuer is down. */
    launcher: z.boolean().default(false),
  }),
]);

const zot = z.strictObject({
  /**
   * The registry's zot config, in zot's own format: storage, address, port, other logins, caches, scanners, log. This program
   * overlays the parts that it manages: `http.externalUrl`, the login `oidc`, API keys, and `http.accessControl`. Access rules other than
   * `metrics` are refused here. Give secrets as `op://` references, or encrypt the whole setting.
   */
  config: zotConfig.optional(),
  /** A JSON or YAML file of this project with that config, instead of `config`. */
  configFile: text.optional(),
  /** zot's version for a preview that cannot reach the host. If the host has another version, such a preview may show spurious changes. */
  assumeVersion: z
    .string()
    .regex(/^\d+\.\d+\.\d+$/, "is not a version like 2.1.20")
    .default("2.1.20"),
  /** Kinds of harmful changes to allow: those that remove rights, open the registry or leave data behind. Others are refused. */
  allow: z.array(dangerKind).default([]),
});

const oidc = z.strictObject({
  /** The issuer, with its trailing slash. Default: derived from `authentik.url` and `authentik.slug`. */
  issuer: z.string().optional(),
  /** Scopes that zot requests. */
  scopes: z.array(text).default(["openid", "email", "profile"]),
  /** Claim with the zot username. Do not use `email`: service accounts have none. */
  usernameClaim: text.default("preferred_username"),
  /** Claim with the names of the groups. */
  groupsClaim: text.default("groups"),
  /** Redirect URIs, all below `registryUrl`. Default: the one that zot uses, and other existing ones of the registry. */
  redirectUrls: z.array(url).min(1).optional(),
});

/** Rights: `pull`, `push` (new tags), `overwrite` (existing tags), `delete`. */
const may = z.array(verb).min(1);

const anonymous = z.strictObject({
  /** Repositories to pull from without a login, as zot globs; `[]` for none. */
  pull: z.array(glob).default([]),
  /** Repositories among them that need a login. The longest glob that matches decides. */
  except: z.array(glob).optional(),
});

const authenticated = z.strictObject({
  /** Repositories that all logged-in users may pull from, in addition to those that need no login. */
  pull: z.array(glob).default([]),
  /** Repositories that all logged-in users may push new tags to, including every pusher. */
  push: z.array(glob).default([]),
  /** Repositories that all logged-in users may overwrite tags in. */
  overwrite: z.array(glob).default([]),
  /** Repositories that all logged-in users may delete in. */
  delete: z.array(glob).default([]),
  /** Repositories among these where none of it holds. The longest glob that matches decides. */
  except: z.array(glob).optional(),
});

const role = z.strictObject({
  /** Existing groups of Authentik. The program looks them up and does not manage them. Their members may log in. */
  groups: z.array(groupName).min(1),
  /** Rights of the role: `pull`, `push` (new tags), `overwrite` (existing tags), `delete`. */
  may,
  /** Repositories of the role, as zot globs. Roles add up. */
  in: z.array(glob).min(1),
  /** Repositories among them where the role has no rights. The longest glob that matches decides. */
  except: z.array(glob).optional(),
});

const users = z.strictObject({
  /** Usernames in zot: from htpasswd, LDAP or OIDC. */
  users: z.array(loginName).min(1),
  /** As for a role. */
  may,
  /** As for a role. */
  in: z.array(glob).min(1),
  /** As for a role. */
  except: z.array(glob).optional(),
});

const access = z.strictObject({
  /**
   * Who may log in: `groups` for the members of the groups in `roles`, and the pushers; `everybody` for every user of Authentik, as in
   * an application without bindings.
   */
  login: z.enum(["groups", "everybody"]).default("groups"),
  /** Rights without a login. Default: pull everything. `{}`: none, a private registry. */
  anonymous: anonymous.prefault({ pull: ["**"] }),
  /** Rights of all logged-in users (zot's `defaultPolicy`). */
  authenticated: authenticated.prefault({}),
  /** Rights of groups. Default: the group `admins` has all rights on all repositories. */
  roles: z
    .array(role)
    .default([{ groups: ["admins"], may: ["pull", "push", "overwrite", "delete"], in: ["**"] }]),
  /** Rights of single users. */
  users: z.array(users).default([]),
  /** Who may read /metrics. Default: as in `zot.config`, or else everybody. */
  metrics: z
    .strictObject({
      /** Whether /metrics can be read without a login. */
      anonymous: z.boolean().default(true),
      /** Users who may read /metrics. */
      users: z.array(text).default([]),
    })
    .optional(),
});

const pusher = z.strictObject({
  /** Group of the pusher in zot's rules. The program creates it; two pushers cannot share one. Default: the pusher's name. */
  group: groupName.optional(),
  /** Rights of the pusher in `in`. */
  may: may.default(["pull", "push"]),
  /** Repositories of the pusher, as zot globs. No glob may match below a pull-through cache: only zot writes there. Required. */
  in: z.array(glob).min(1),
  /** Repositories among them where it has no rights. The longest glob that matches decides. */
  except: z.array(glob).optional(),
  /** Other repositories that it pulls from, if they need a login. */
  pull: z.array(glob).default([]),
  /** Allows `overwrite` and `delete` in `may`. A pipeline with these rights can change released images. */
  allow: z.array(z.enum(["overwrite", "delete"])).default([]),
  /** Lifetime of a key in days. */
  lifetimeDays: days.max(90).default(90),
  /** Age of a key in days from which the next run renews it. */
  renewAfterDays: days.default(60),
  /**
   * What happens to a replaced key. `grace`: the first run after `graceHours` revokes it, so that a job that read it before the renewal
   * can finish. `revoke`: the run that replaces it revokes it at its end. `expire`: it stays valid until it expires.
   */
  oldKey: z.enum(["revoke", "grace", "expire"]).default("grace"),
  /** Grace period of a replaced key in hours, if `oldKey` is `grace`. Make it longer than the longest job. */
  graceHours: hours.default(24),
  /**
   * An existing key to adopt, e.g. `op://vault/item/password`. The program distributes it to all consumers, and replaces it when it is
   * as near to its expiry as its own key would be at renewal. Without this setting the next run mints a key.
   */
  from: secret.optional(),
  /** Whether `oldKey` also applies to the key of `from`, after it was replaced. */
  revokeAdopted: z.boolean().default(false),
  /** Title of the 1Password item with the key. Default: `<name>-apikey`. */
  itemTitle: text.optional(),
});

const forgejo = z.strictObject({
  /** Forgejo's URL. It must be https, because a token is sent to it. Required. */
  url: tokenUrl,
  /** Token of a user who owns the repositories, with the scope `write:repository`. Required. */
  token: secret,
  /** Owner of the repositories whose entry has no `owner`. Required. */
  owner: forgejoName,
  repositories: z.array(
    z.strictObject({
      /** Name of the repository. */
      name: forgejoName,
      /** Owner of the repository. Default: `forgejo.owner`. */
      owner: forgejoName.optional(),
      /** Whether to delete all other secrets of the repository. A preview names them first. */
      authoritative: z.boolean().default(false),
      /** Secrets: `NAME: op://vault/item/field`, or `NAME: key:PUSHER` for the key of a pusher. */
      secrets: z.record(z.string(), secretOrKey),
    }),
  ),
  /** Secrets for all repositories of an organisation. The token then also needs the scope `write:organization`. */
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
  /** Name of the store that reads the vault `onepassword.vaultId`. Required. */
  store: objectName,
  /** Kind of the store: one for the whole cluster, or one in each namespace. */
  storeKind: z.enum(["ClusterSecretStore", "SecretStore"]).default("ClusterSecretStore"),
  /** Provider in the store's `spec`: 1Password Connect, or a service account. It decides how the operator names a field. */
  storeProvider: z.enum(["onepassword", "onepasswordSDK"]).default("onepassword"),
  /** Refresh interval in minutes. A replaced key must stay valid for longer: see the pusher's `oldKey`. */
  refreshMinutes: minutes.default(60),
});

const cluster = z.strictObject({
  /** Context of the kubeconfig (the files of `KUBECONFIG`, else `~/.kube/config`). */
  context: text,
  /** Pusher whose key the builders get. Default: the only pusher. */
  pusher: text.optional(),
  /** Existing namespaces whose builders push. */
  namespaces: z.array(namespaceName).min(1),
  /** Name of the Secret (`kubernetes.io/dockerconfigjson`). Default: `<slug>-push`. */
  secretName: objectName.optional(),
  /** Lets the External Secrets Operator write the Secret from the 1Password item. Default: this program writes it. */
  externalSecret: externalSecret.optional(),
});

const keyHolder = z.strictObject({
  /** Username in the registry. */
  username: text,
  /** Groups of the user in Authentik. Default for `admin`: the groups of the first role. */
  groups: z.array(groupName).optional(),
  /** An API key of that user. */
  key: secret,
});

const proof = z.strictObject({
  /** A user with all rights. The proof uses the key to test that overwriting and deleting work. */
  admin: keyHolder.optional(),
  /** A user in no group of a role or a pusher. */
  outsider: keyHolder.optional(),
  /** Repository that the proof creates if the pusher has no repository yet. */
  scratchRepository: text.optional(),
  /** Image that `npm run verify` pulls through the registry, with its name in the upstream registry: `docker.io/library/alpine:3`. */
  pullThroughImage: text.optional(),
  /**
   * Whether `npm run verify` may mint two keys as a pusher, to test that dead keys are refused. One is revoked, one expires after two
   * seconds. Both are removed.
   */
  mintTestKeys: z.boolean().default(true),
});

export const sections = {
  /** Public URL of the registry, e.g. `https://registry.example.org`. It must be https, because keys are sent to it and logins need it. Required. */
  registryUrl: url,
  authentik,
  onepassword,
  host,
  service,
  zot: zot.prefault({}),
  oidc: oidc.prefault({}),
  access: access.prefault({}),
  /** Accounts that push, by name: one for each pipeline, each with its own key. The program creates them in Authentik. `{}`: none. Required. */
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
  /** The operator's config, from either setting, with a folder for the images. */
  readonly zot: Omit<Sections["zot"], "config" | "configFile"> & { readonly config: Tree };
  readonly authentik: Named<Sections["authentik"], "applicationName" | "pushersLogin"> & {
    /** Whether the name of the application was given, and differs from the default. */
    readonly isNamed: boolean;
  };
  /** By their names. */
  readonly pushers: Readonly<Record<string, Pusher>>;
  readonly clusters: readonly Named<Sections["clusters"][number], "secretName" | "pusher">[];
}

/** The sections that parsed; a cross-check is skipped if a section that it needs is missing. */
export type Parsed = { readonly [Key in keyof Settings]?: Settings[Key] | undefined };
