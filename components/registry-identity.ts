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

/** Here the flows and the signing key are given by their names, and not by their ids. */
export interface RegistryIdentityArgs extends Omit<ClientArgs, "scopeMappings"> {
  readonly applicationName: string;
  /** Whether the settings set that name; else an existing application keeps its own. */
  readonly isNamed: boolean;
  /** Groups that exist and may log in: those of the roles. */
  readonly existingGroups: readonly string[];
  /** Whether every user of Authentik may log in: the application has no bindings then. */
  readonly isOpenToAll: boolean;
  /** What the login of the pushers is named after. */
  readonly loginName: string;
  /** Service accounts that push, each with a group of its own; made here. */
  readonly pushers: readonly { readonly name: string; readonly group: string }[];
  /** The pusher that an earlier version of this program knew, as the only one. */
  readonly formerPusher: string | undefined;
  /** Groups of former pushers that somebody else is in, or has by a role: they stay. */
  readonly groupsInUse: readonly string[];
  readonly protect: boolean;
  /** What Authentik has of it already. */
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
  // Not its parents and roles, by which it could be given more rights than it should have.
  group: ["attributes"],
  user: ["attributes", "email"],
  // For policies that take too long or fail: here groups are bound.
  binding: ["timeout", "failureResult"],
};

/** Unmanaged only where the object exists already. */
const when = (exists: boolean, ...properties: string[]): string[] => (exists ? properties : []);

/** The desired client: what the settings set, else what exists. */
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
  /** Changes when something changes that decides who gets in. */
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

  /** How a pusher logs in. @throws Error for one that it was not made for */
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
        // Authentik 2026.5 and newer refuse every login for an empty list; what an older one does not know would show as a
        // difference for ever.
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
        // Membership is declared here and not on the group: a stale list there would evict other members.
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
   * An application without a binding is open to everybody, so there is one for each group that may log in. The first is as
   * protected as the application: a destroy that leaves out what is protected must not open it. The others go with their group:
   * a protected one that the settings no longer name would stop every deploy.
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
