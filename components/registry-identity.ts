import * as authentik from "@pulumi/authentik";
import * as pulumi from "@pulumi/pulumi";
import { CiLogin, type LoginAccount, type PusherLogin } from "./ci-login";
import { digest } from "./digest";
import { COMPONENT } from "../systems/pulumi/types";
import type { FoundIdentity } from "../systems/authentik/identity";
import {
  CLIENT_DEFAULTS,
  type ClientArgs,
  clientOf,
  type OidcClient,
} from "../systems/authentik/oidc-client";

/** Here the flows and the signing key are given by name, and not by id. */
export interface RegistryIdentityArgs extends Omit<ClientArgs, "scopeMappings"> {
  readonly applicationName: string;
  /** Whether the settings set that name; otherwise an existing application keeps its own. */
  readonly isNamed: boolean;
  /** Existing groups that may log in: those of the roles. */
  readonly existingGroups: readonly string[];
  /** Whether every Authentik user may log in: the application then has no bindings. */
  readonly isOpenToAll: boolean;
  /** Name prefix of the pushers' login. */
  readonly loginName: string;
  /** Service accounts that push, each with its own group; this program creates them. */
  readonly pushers: readonly { readonly name: string; readonly group: string }[];
  /** The only pusher that an earlier version of this program knew. */
  readonly formerPusher: string | undefined;
  /** Groups of former pushers that have other members or a role: they stay. */
  readonly groupsInUse: readonly string[];
  readonly protect: boolean;
  /** The existing objects in Authentik. */
  readonly found: FoundIdentity;
}

/**
 * Properties that the program does not manage: without ignoreChanges the provider's defaults would replace them when an object
 * is adopted.
 */
const UNMANAGED = {
  provider: [
    "accessCodeValidity",
    "accessTokenValidity",
    "refreshTokenValidity",
    "refreshTokenThreshold",
    "authenticationFlow",
    "logoutMethod",
    "logoutUri",
  ],
  application: ["group", "metaIcon", "metaDescription", "metaPublisher", "metaHide", "openInNewTab"],
  // Not its parents and roles, which could give it more rights than intended.
  group: ["attributes"],
  user: ["attributes", "email"],
  // Only used for policies that time out or fail; here groups are bound.
  binding: ["timeout", "failureResult"],
};

/** Unmanaged only if the object already exists. */
const when = (exists: boolean, ...properties: string[]): string[] => (exists ? properties : []);

/** The desired client: the settings, otherwise the existing values. */
function wantedClient(args: RegistryIdentityArgs): OidcClient {
  const { authorizationFlow, found, invalidationFlow, signingKey } = args;
  const idOf = (kind: "flow" | "certificate", name: string | undefined) =>
    name === undefined ? undefined : found.id(kind, name);
  const wanted = {
    ...args,
    authorizationFlow: idOf("flow", authorizationFlow),
    invalidationFlow: idOf("flow", invalidationFlow),
    signingKey: idOf("certificate", signingKey),
    scopeMappings: found.scopeMappings,
  };
  return clientOf(wanted, found.provider, found.application);
}

/** Who may log in to the registry: an OIDC client of Authentik, its groups, and the accounts that push. */
export class RegistryIdentity extends pulumi.ComponentResource {
  readonly clientId: pulumi.Output<string>;
  readonly clientSecret: pulumi.Output<string>;
  private readonly login: CiLogin | undefined;
  /** Changes with everything that decides who may log in. */
  readonly digest: pulumi.Output<string>;

  constructor(name: string, args: RegistryIdentityArgs, opts?: pulumi.ComponentResourceOptions) {
    super(COMPONENT.registryIdentity, name, {}, opts);
    const { found } = args;
    const client = wantedClient(args);
    const provider = this.createProvider(name, args, client);
    const application = this.createApplication(name, args, client, provider);
    const accounts = args.pushers.map((pusher) => this.createAccount(name, args, pusher));
    args.groupsInUse.forEach((group) => this.createGroup(name, group));
    const bindings = this.bind(
      name,
      application,
      [
        ...args.existingGroups.map((group) => ({ group, id: found.id("group", group) })),
        ...(args.isOpenToAll ? [] : accounts).map(({ group }, index) => ({
          group: args.pushers[index]?.group ?? "",
          id: group.id,
        })),
      ],
      args,
    );
    this.login =
      accounts.length === 0
        ? undefined
        : new CiLogin(`${name}-login`, { loginName: args.loginName, accounts, found }, { parent: this });
    this.clientId = provider.clientId;
    this.clientSecret = pulumi.secret(provider.clientSecret);
    this.digest = digest([
      provider.allowedRedirectUris,
      application.policyEngineMode,
      ...accounts.map(({ user }) => user.groups),
      ...bindings.map(({ group, enabled }) => [group, enabled]),
    ]);
    this.registerOutputs({ clientId: this.clientId });
  }

  /** The login of a pusher. @throws Error for an unknown one */
  loginOf(pusher: string): PusherLogin {
    if (!this.login) throw new Error(`${pusher} has no login`);
    return this.login.of(pusher);
  }

  private createProvider(name: string, { found, protect }: RegistryIdentityArgs, client: OidcClient) {
    const { dialect, id } = found;
    return new authentik.ProviderOauth2(
      `${name}-provider`,
      {
        name: client.name,
        clientId: client.clientId,
        clientType: "confidential",
        authorizationFlow: client.authorizationFlow ?? id("flow", CLIENT_DEFAULTS.authorizationFlow),
        invalidationFlow: client.invalidationFlow ?? id("flow", CLIENT_DEFAULTS.invalidationFlow),
        // Authentik 2026.5 and newer refuse every login for an empty list. For older releases, which do not know the
        // property, it would be permanent drift.
        ...(dialect.grantTypes && { grantTypes: [...client.grantTypes] }),
        allowedRedirectUris: client.redirectUrls.map((url) => ({
          matching_mode: "strict",
          url,
          ...(dialect.redirectUriTypes && { redirect_uri_type: "authorization" }),
        })),
        propertyMappings: [...client.mappings],
        signingKey: client.signingKey ?? id("certificate", CLIENT_DEFAULTS.signingKey),
        includeClaimsInIdToken: true,
        subMode: "hashed_user_id",
        issuerMode: "per_provider",
      },
      {
        parent: this,
        protect,
        ignoreChanges: [...UNMANAGED.provider, ...client.unmanaged.provider],
      },
    );
  }

  private createApplication(
    name: string,
    args: RegistryIdentityArgs,
    client: OidcClient,
    provider: authentik.ProviderOauth2,
  ) {
    return new authentik.Application(
      `${name}-application`,
      {
        name: args.applicationName,
        slug: args.slug,
        protocolProvider: provider.id.apply(Number),
        metaLaunchUrl: client.launchUrl,
        policyEngineMode: "any",
      },
      {
        parent: this,
        protect: args.protect,
        ignoreChanges: [
          ...UNMANAGED.application,
          ...client.unmanaged.application,
          ...when(args.found.application !== undefined && !args.isNamed, "name"),
        ],
      },
    );
  }

  private createAccount(
    name: string,
    { formerPusher, found }: RegistryIdentityArgs,
    pusher: { readonly name: string; readonly group: string },
  ): LoginAccount & { readonly group: authentik.Group } {
    const group = this.createGroup(name, pusher.group);
    const exists = found.accounts.get(pusher.name)?.user === true;
    const user = new authentik.User(
      `${name}-${pusher.name}`,
      {
        username: pusher.name,
        name: `${pusher.name} (pushes images)`,
        type: "service_account",
        path: "goauthentik.io/service-accounts",
        isActive: true,
        // Membership is declared on the user: a stale list on the group would remove other members.
        groups: [group.id],
      },
      { parent: this, ignoreChanges: [...UNMANAGED.user, ...when(exists, "name", "path")] },
    );
    return { name: pusher.name, user, group, isFormer: pusher.name === formerPusher };
  }

  private createGroup(name: string, group: string): authentik.Group {
    return new authentik.Group(
      `${name}-${group}`,
      { name: group },
      { parent: this, ignoreChanges: UNMANAGED.group },
    );
  }

  /**
   * An application without a binding is open to everybody, so there is one for each group that may log in. The first
   * one is protected like the application: a destroy that skips protected resources must not open it. The others are
   * deleted with their groups: a protected one that the settings no longer name would block every deploy.
   */
  private bind(
    name: string,
    application: authentik.Application,
    groups: { group: string; id: pulumi.Input<string> }[],
    { found, protect }: RegistryIdentityArgs,
  ): authentik.PolicyBinding[] {
    return groups.map(({ group, id }, index) => {
      const { kept = false, order = 0 } = found.orders[index] ?? {};
      return new authentik.PolicyBinding(
        `${name}-allows-${group}`,
        { target: application.uuid, group: id, order, enabled: true },
        {
          parent: this,
          protect: protect && index === 0,
          ignoreChanges: [...UNMANAGED.binding, ...when(kept, "order")],
        },
      );
    });
  }
}
