import * as authentik from "@pulumi/authentik";
import * as pulumi from "@pulumi/pulumi";
import { CiLogin } from "./ci-login";
import { digest } from "./digest";
import { COMPONENT } from "../systems/pulumi/types";
import type { FoundIdentity } from "../systems/authentik/identity";
import { type Client, clientOf, USUAL } from "../systems/authentik/kept";

export interface RegistryIdentityArgs {
  /** Slug of the application; the OIDC issuer ends in it. */
  readonly slug: string;
  readonly applicationName: string;
  /** Whether the settings say that name; else an application that exists keeps its own. */
  readonly isNamed: boolean;
  /** Client id and name of the provider; left out, one that exists keeps its own. */
  readonly clientId?: string | undefined;
  readonly providerName?: string | undefined;
  readonly registryUrl: string;
  readonly redirectUrls: readonly string[];
  /** Whether the settings say them; else further ones of the registry stay. */
  readonly areRedirectsSet: boolean;
  readonly launchUrl?: string | undefined;
  /** Names of what the provider signs and asks with, where the settings choose them. */
  readonly signingKey?: string | undefined;
  readonly authorizationFlow?: string | undefined;
  readonly invalidationFlow?: string | undefined;
  /** Groups that exist and may log in: those of the admins and of the readers. */
  readonly existingGroups: readonly string[];
  /** Group of those who may push; made here. */
  readonly writersGroup: string;
  /** The service account that CI pushes as; made here. */
  readonly ciUsername: string;
  readonly protect: boolean;
  /** What Authentik has of it already. */
  readonly found: FoundIdentity;
}

/**
 * What the program does not care about is left as people set it: without this, the providers' defaults would take its place
 * when an object is taken over.
 */
const LEFT_ALONE = {
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

/** Properties that nothing depends on, where the object is there and somebody may have chosen them. */
const when = (kept: boolean, ...properties: string[]): string[] => (kept ? properties : []);

/** The client as it is to be: what the settings choose, else what is there. */
function wantedClient(args: RegistryIdentityArgs): Client {
  const { authorizationFlow, found, invalidationFlow, signingKey } = args;
  const idOf = (kind: "flow" | "certificate", name: string | undefined) =>
    name === undefined ? undefined : found.id(kind, name);
  const chosen = {
    ...args,
    authorizationFlow: idOf("flow", authorizationFlow),
    invalidationFlow: idOf("flow", invalidationFlow),
    signingKey: idOf("certificate", signingKey),
    scopeMappings: found.scopeMappings,
  };
  return clientOf(chosen, found.provider, found.application);
}

/** Who may log in to the registry: an OIDC client of Authentik, its groups, and the account that CI uses. */
export class RegistryIdentity extends pulumi.ComponentResource {
  readonly clientId: pulumi.Output<string>;
  readonly clientSecret: pulumi.Output<string>;
  readonly ciLogin: CiLogin;
  /** Changes when something changes that decides who gets in. */
  readonly digest: pulumi.Output<string>;

  constructor(name: string, args: RegistryIdentityArgs, opts?: pulumi.ComponentResourceOptions) {
    super(COMPONENT.registryIdentity, name, {}, opts);
    const { found } = args;
    const client = wantedClient(args);
    const provider = this.createProvider(name, args, client);
    const application = this.createApplication(name, args, client, provider);
    const writers = new authentik.Group(
      `${name}-${args.writersGroup}`,
      { name: args.writersGroup },
      { parent: this, ignoreChanges: LEFT_ALONE.group },
    );
    const ciUser = this.createCiUser(name, args, writers);
    const bindings = this.bind(
      name,
      application,
      [
        ...args.existingGroups.map((group) => ({ group, id: found.id("group", group) })),
        { group: args.writersGroup, id: writers.id },
      ],
      args,
    );
    this.ciLogin = new CiLogin(`${name}-login`, { user: ciUser, found }, { parent: this });
    this.clientId = provider.clientId;
    this.clientSecret = pulumi.secret(provider.clientSecret);
    this.digest = digest([
      provider.allowedRedirectUris,
      application.policyEngineMode,
      ciUser.groups,
      ...bindings.map(({ group, enabled }) => [group, enabled]),
    ]);
    this.registerOutputs({ clientId: this.clientId });
  }

  private createProvider(name: string, { found, protect }: RegistryIdentityArgs, client: Client) {
    const { dialect, id } = found;
    return new authentik.ProviderOauth2(
      `${name}-provider`,
      {
        name: client.name,
        clientId: client.clientId,
        clientType: "confidential",
        authorizationFlow: client.authorizationFlow ?? id("flow", USUAL.authorizationFlow),
        invalidationFlow: client.invalidationFlow ?? id("flow", USUAL.invalidationFlow),
        // Authentik 2026.5 and newer refuse every login for an empty list; what an older one does not know would show as a
        // difference for ever.
        ...(dialect.grantTypes && { grantTypes: [...client.grantTypes] }),
        allowedRedirectUris: client.redirectUrls.map((url) => ({
          matching_mode: "strict",
          url,
          ...(dialect.redirectUriTypes && { redirect_uri_type: "authorization" }),
        })),
        propertyMappings: [...client.mappings],
        signingKey: client.signingKey ?? id("certificate", USUAL.signingKey),
        includeClaimsInIdToken: true,
        subMode: "hashed_user_id",
        issuerMode: "per_provider",
      },
      {
        parent: this,
        protect,
        ignoreChanges: [...LEFT_ALONE.provider, ...client.kept.provider],
      },
    );
  }

  private createApplication(
    name: string,
    args: RegistryIdentityArgs,
    client: Client,
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
          ...LEFT_ALONE.application,
          ...client.kept.application,
          ...when(args.found.application !== undefined && !args.isNamed, "name"),
        ],
      },
    );
  }

  private createCiUser(name: string, args: RegistryIdentityArgs, writers: authentik.Group) {
    return new authentik.User(
      `${name}-${args.ciUsername}`,
      {
        username: args.ciUsername,
        name: `${args.ciUsername} (pushes images)`,
        type: "service_account",
        path: "goauthentik.io/service-accounts",
        isActive: true,
        // Membership is declared here and not on the group: a stale list there would evict other members.
        groups: [writers.id],
      },
      {
        parent: this,
        ignoreChanges: [...LEFT_ALONE.user, ...when(args.found.exists.user, "name", "path")],
      },
    );
  }

  /**
   * An application without a binding is open to everybody, so there is one for each group that may log in. That of those who may
   * push is as protected as the application: a destroy that stops half-way must not open it. The others go with their group:
   * a protected one that the settings no longer name would stop every deploy.
   */
  private bind(
    name: string,
    application: authentik.Application,
    groups: { group: string; id: pulumi.Input<string> }[],
    { found, protect, writersGroup }: RegistryIdentityArgs,
  ): authentik.PolicyBinding[] {
    return groups.map(({ group, id }, index) => {
      const { kept = false, order = 0 } = found.orders[index] ?? {};
      return new authentik.PolicyBinding(
        `${name}-allows-${group}`,
        { target: application.uuid, group: id, order, enabled: true },
        {
          parent: this,
          protect: protect && group === writersGroup,
          ignoreChanges: [...LEFT_ALONE.binding, ...when(kept, "order")],
        },
      );
    });
  }
}
