import { createHash } from "node:crypto";
import * as authentik from "@pulumi/authentik";
import * as pulumi from "@pulumi/pulumi";
import { COMPONENT } from "../systems/pulumi/types";
import type { FoundIdentity } from "../systems/authentik/identity";
import { appPasswordIdentifier, loginFlowSlug } from "../systems/authentik/slug";

export interface CiLoginArgs {
  /** What the flow and its stages are named after. */
  readonly loginName: string;
  /** The service accounts; nobody else gets a session from this flow. */
  readonly accounts: readonly LoginAccount[];
  /** What Authentik has of it already. */
  readonly found: Pick<FoundIdentity, "exists" | "staged" | "accounts">;
}

export interface LoginAccount {
  readonly name: string;
  readonly user: authentik.User;
  /** Whether it is the one that an earlier version of this program knew, as the only one. */
  readonly isFormer: boolean;
}

/** How one of the accounts logs in. */
export interface PusherLogin {
  readonly username: pulumi.Output<string>;
  readonly flowSlug: pulumi.Output<string>;
  readonly appPassword: pulumi.Output<string>;
}

/** How a page looks that no person sees. */
const LOOKS = {
  flow: ["background", "compatibilityMode", "layout"],
  password: ["allowShowPassword"],
  identification: ["enableRememberMe", "showMatchedUser", "showSourceLabels"],
};

/**
 * One login flow for all service accounts that push. The default flow asks for a second factor, which a machine has not; this one
 * takes an app password, and its last stage, the one that makes a session, is bound to these accounts alone.
 */
export class CiLogin extends pulumi.ComponentResource {
  private readonly logins = new Map<string, PusherLogin>();

  constructor(name: string, args: CiLoginArgs, opts?: pulumi.ComponentResourceOptions) {
    super(COMPONENT.ciLogin, name, {}, opts);
    const { accounts, found, loginName } = args;
    const stages = this.createStages(name, loginName);
    const flow = new authentik.Flow(
      `${name}-flow`,
      {
        name: `${loginName} login`,
        title: `${loginName} login`,
        slug: loginFlowSlug(loginName),
        designation: "authentication",
        authentication: "none",
      },
      {
        parent: this,
        ignoreChanges: [...LOOKS.flow, ...(found.exists.flow ? ["name", "title"] : [])],
      },
    );
    this.bindStages(name, flow, stages, args);
    for (const account of accounts) {
      const { username } = account.user;
      const token = this.createToken(name, account, found.accounts.get(account.name)?.token === true);
      this.logins.set(account.name, {
        username,
        flowSlug: flow.slug,
        appPassword: pulumi.secret(token.key),
      });
    }
    this.registerOutputs({ flowSlug: flow.slug });
  }

  /** @throws Error for an account that it was not made for */
  of(account: string): PusherLogin {
    const login = this.logins.get(account);
    if (!login) throw new Error(`${account} has no login`);
    return login;
  }

  private createToken(name: string, { name: account, user, isFormer }: LoginAccount, exists: boolean) {
    return new authentik.Token(
      `${name}-app-password-${account}`,
      {
        identifier: user.username.apply(appPasswordIdentifier),
        description: pulumi.interpolate`${user.username} mints its registry key with this`,
        user: user.id.apply(Number),
        intent: "app_password",
        // Expiring app passwords live one day; this one is replaced by replacing the resource.
        expiring: false,
        retrieveKey: true,
      },
      {
        parent: this,
        ignoreChanges: exists ? ["description"] : [],
        aliases: isFormer ? [{ name: `${name}-app-password` }] : [],
      },
    );
  }

  private createStages(name: string, loginName: string) {
    const password = new authentik.StagePassword(
      `${name}-password`,
      {
        name: `${loginName} app password`,
        // Takes app-password tokens only; the accounts have no other password.
        backends: ["authentik.core.auth.TokenBackend"],
      },
      { parent: this, ignoreChanges: LOOKS.password },
    );
    const identification = new authentik.StageIdentification(
      `${name}-identification`,
      {
        name: `${loginName} identification`,
        userFields: ["username"],
        passwordStage: password.id,
      },
      { parent: this, ignoreChanges: LOOKS.identification },
    );
    const session = new authentik.StageUserLogin(
      `${name}-session`,
      { name: `${loginName} session`, sessionDuration: "minutes=10" },
      { parent: this },
    );
    return { identification, session };
  }

  private bindStages(
    name: string,
    flow: authentik.Flow,
    { identification, session }: ReturnType<CiLogin["createStages"]>,
    { accounts, found }: CiLoginArgs,
  ): void {
    // That the one comes before the other counts, not the numbers.
    const ignoreChanges = found.staged ? ["order"] : [];
    const last = new authentik.FlowStageBinding(
      `${name}-gives-session`,
      // Judged when the stage is reached, since only then it is known who logs in.
      { target: flow.uuid, stage: session.id, order: 100, evaluateOnPlan: false, reEvaluatePolicies: true },
      { parent: this, ignoreChanges },
    );
    const bindings = accounts.map(
      ({ name: account, user, isFormer }) =>
        new authentik.PolicyBinding(
          `${name}-session-for-${account}`,
          { target: last.id, user: user.id.apply(Number), order: orderOf(account), enabled: true },
          {
            parent: this,
            ignoreChanges: ["order", "timeout", "failureResult"],
            aliases: isFormer ? [{ name: `${name}-session-only-for-user` }] : [],
          },
        ),
    );
    // The first step comes last, and goes first: without a binding the flow would give everybody a session.
    new authentik.FlowStageBinding(
      `${name}-asks-identification`,
      { target: flow.uuid, stage: identification.id, order: 10 },
      { parent: this, dependsOn: bindings, ignoreChanges },
    );
  }
}

/**
 * Authentik takes no two bindings of one object with the same order, and which comes first means nothing: so each has one of its
 * own for good, whoever else comes or goes.
 */
function orderOf(account: string): number {
  return createHash("sha256").update(account).digest().readUInt32BE(0) >>> 1;
}
