import * as authentik from "@pulumi/authentik";
import * as pulumi from "@pulumi/pulumi";
import { COMPONENT } from "../systems/pulumi/types";
import type { FoundIdentity } from "../systems/authentik/identity";
import { appPasswordIdentifier, loginFlowSlug } from "../systems/authentik/slug";

export interface CiLoginArgs {
  /** The service account; nobody else gets a session from this flow. */
  readonly user: authentik.User;
  /** What Authentik has of it already. */
  readonly found: Pick<FoundIdentity, "exists" | "staged">;
}

/** How a page looks that no person sees. */
const LOOKS = {
  flow: ["background", "compatibilityMode", "layout"],
  password: ["allowShowPassword"],
  identification: ["enableRememberMe", "showMatchedUser", "showSourceLabels"],
};

/**
 * A login flow for one service account. The default flow asks for a second factor, which a machine has not; this one
 * takes an app password, and its last stage, the one that makes a session, is bound to the account alone.
 */
export class CiLogin extends pulumi.ComponentResource {
  readonly username: pulumi.Output<string>;
  readonly flowSlug: pulumi.Output<string>;
  readonly appPassword: pulumi.Output<string>;

  constructor(name: string, args: CiLoginArgs, opts?: pulumi.ComponentResourceOptions) {
    super(COMPONENT.ciLogin, name, {}, opts);
    const { username } = args.user;
    const stages = this.createStages(name, username);
    const flow = new authentik.Flow(
      `${name}-flow`,
      {
        name: pulumi.interpolate`${username} login`,
        title: pulumi.interpolate`${username} login`,
        slug: username.apply(loginFlowSlug),
        designation: "authentication",
        authentication: "none",
      },
      {
        parent: this,
        ignoreChanges: [...LOOKS.flow, ...(args.found.exists.flow ? ["name", "title"] : [])],
      },
    );
    this.bindStages(name, flow, stages, args);
    const token = new authentik.Token(
      `${name}-app-password`,
      {
        identifier: username.apply(appPasswordIdentifier),
        description: pulumi.interpolate`${username} mints its registry key with this`,
        user: args.user.id.apply(Number),
        intent: "app_password",
        // Expiring app passwords live one day; this one is replaced by replacing the resource.
        expiring: false,
        retrieveKey: true,
      },
      { parent: this, ignoreChanges: args.found.exists.token ? ["description"] : [] },
    );
    this.username = username;
    this.flowSlug = flow.slug;
    this.appPassword = pulumi.secret(token.key);
    this.registerOutputs({ flowSlug: this.flowSlug });
  }

  private createStages(name: string, username: pulumi.Output<string>) {
    const password = new authentik.StagePassword(
      `${name}-password`,
      {
        name: pulumi.interpolate`${username} app password`,
        // Takes app-password tokens only; the account has no other password.
        backends: ["authentik.core.auth.TokenBackend"],
      },
      { parent: this, ignoreChanges: LOOKS.password },
    );
    const identification = new authentik.StageIdentification(
      `${name}-identification`,
      {
        name: pulumi.interpolate`${username} identification`,
        userFields: ["username"],
        passwordStage: password.id,
      },
      { parent: this, ignoreChanges: LOOKS.identification },
    );
    const session = new authentik.StageUserLogin(
      `${name}-session`,
      { name: pulumi.interpolate`${username} session`, sessionDuration: "minutes=10" },
      { parent: this },
    );
    return { identification, session };
  }

  private bindStages(
    name: string,
    flow: authentik.Flow,
    { identification, session }: ReturnType<CiLogin["createStages"]>,
    { found, user }: CiLoginArgs,
  ): void {
    // That the one comes before the other counts, not the numbers.
    const ignoreChanges = found.staged ? ["order"] : [];
    const last = new authentik.FlowStageBinding(
      `${name}-gives-session`,
      // Judged when the stage is reached, since only then it is known who logs in.
      { target: flow.uuid, stage: session.id, order: 100, evaluateOnPlan: false, reEvaluatePolicies: true },
      { parent: this, ignoreChanges },
    );
    const onlyForUser = new authentik.PolicyBinding(
      `${name}-session-only-for-user`,
      { target: last.id, user: user.id.apply(Number), order: 0, enabled: true },
      { parent: this, ignoreChanges: ["order", "timeout", "failureResult"] },
    );
    // The first step comes last, and goes first: without the binding the flow would give everybody a session.
    new authentik.FlowStageBinding(
      `${name}-asks-identification`,
      { target: flow.uuid, stage: identification.id, order: 10 },
      { parent: this, dependsOn: [onlyForUser], ignoreChanges },
    );
  }
}
