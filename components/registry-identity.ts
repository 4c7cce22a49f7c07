import * as authentik from "@pulumi/authentik";
import * as pulumi from "@pulumi/pulumi";
import { CiLogin } from "./ci-login";
import { digest } from "./digest";
import { COMPONENT } from "../systems/pulumi/types";

export interface RegistryIdentityArgs {
  /** Slug of the application; the OIDC issuer ends in it. */
  readonly slug: string;
  readonly applicationName: string;
  readonly registryUrl: string;
  readonly redirectUrls: readonly string[];
  readonly signingKey: string;
  readonly authorizationFlow: string;
  readonly invalidationFlow: string;
  /** Groups that exist and may log in: those of the admins and of the readers. */
  readonly existingGroups: readonly string[];
  /** Group of those who may push; made here. */
  readonly writersGroup: string;
  /** The service account that CI pushes as; made here. */
  readonly ciUsername: string;
  readonly protect: boolean;
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
};

const SCOPES = ["openid", "email", "profile"];
const managedScope = (scope: string) => `goauthentik.io/providers/oauth2/scope-${scope}`;

/** Who may log in to the registry: an OIDC client of Authentik, its groups, and the account that CI uses. */
export class RegistryIdentity extends pulumi.ComponentResource {
  readonly clientId: pulumi.Output<string>;
  readonly clientSecret: pulumi.Output<string>;
  readonly ciLogin: CiLogin;
  /** Changes when something changes that decides who gets in. */
  readonly digest: pulumi.Output<string>;

  constructor(name: string, args: RegistryIdentityArgs, opts?: pulumi.ComponentResourceOptions) {
    super(COMPONENT.registryIdentity, name, {}, opts);
    const found = this.lookUp(args);
    const provider = this.createProvider(name, args, found);
    const application = this.createApplication(name, args, provider);
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
        ...args.existingGroups.map((group) => ({ group, id: found.group(group) })),
        { group: args.writersGroup, id: writers.id },
      ],
      args.protect,
    );
    this.ciLogin = new CiLogin(`${name}-login`, { user: ciUser }, { parent: this });
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

  private lookUp(args: RegistryIdentityArgs) {
    const options = { parent: this };
    const flow = (slug: string) => authentik.getFlowOutput({ slug }, options).id;
    return {
      authorizationFlow: flow(args.authorizationFlow),
      invalidationFlow: flow(args.invalidationFlow),
      // Without these two switches the pair's private key would land in the state.
      signingKey: authentik.getCertificateKeyPairOutput(
        { name: args.signingKey, fetchKey: false, fetchCertificate: false },
        options,
      ).id,
      scopes: authentik
        .getPropertyMappingProviderScopeOutput({ managedLists: SCOPES.map(managedScope) }, options)
        .ids.apply((ids) => [...ids].sort()),
      group: (group: string) => authentik.getGroupOutput({ name: group, includeUsers: false }, options).id,
    };
  }

  private createProvider(
    name: string,
    args: RegistryIdentityArgs,
    found: ReturnType<RegistryIdentity["lookUp"]>,
  ) {
    return new authentik.ProviderOauth2(
      `${name}-provider`,
      {
        name: args.slug,
        clientId: args.slug,
        clientType: "confidential",
        authorizationFlow: found.authorizationFlow,
        invalidationFlow: found.invalidationFlow,
        // Authentik 2026.5 and newer refuse every login for an empty list.
        grantTypes: ["authorization_code", "refresh_token"],
        allowedRedirectUris: args.redirectUrls.map((url) => ({
          matching_mode: "strict",
          url,
          redirect_uri_type: "authorization",
        })),
        propertyMappings: found.scopes,
        signingKey: found.signingKey,
        includeClaimsInIdToken: true,
        subMode: "hashed_user_id",
        issuerMode: "per_provider",
      },
      { parent: this, protect: args.protect, ignoreChanges: LEFT_ALONE.provider },
    );
  }

  private createApplication(name: string, args: RegistryIdentityArgs, provider: authentik.ProviderOauth2) {
    return new authentik.Application(
      `${name}-application`,
      {
        name: args.applicationName,
        slug: args.slug,
        protocolProvider: provider.id.apply(Number),
        metaLaunchUrl: args.registryUrl,
        policyEngineMode: "any",
      },
      { parent: this, protect: args.protect, ignoreChanges: LEFT_ALONE.application },
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
      { parent: this, ignoreChanges: LEFT_ALONE.user },
    );
  }

  /**
   * An application without a binding is open to everybody, so there is one for each group that may log in, and they are as
   * protected as the application: a destroy that stops half-way must not open it.
   */
  private bind(
    name: string,
    application: authentik.Application,
    groups: { group: string; id: pulumi.Output<string> }[],
    protect: boolean,
  ): authentik.PolicyBinding[] {
    return groups.map(
      ({ group, id }, index) =>
        new authentik.PolicyBinding(
          `${name}-allows-${group}`,
          { target: application.uuid, group: id, order: index * 10, enabled: true },
          { parent: this, protect },
        ),
    );
  }
}
