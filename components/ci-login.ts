import { createHash } from "node:crypto";
import * as authentik from "@pulumi/authentik";
import * as pulumi from "@pulumi/pulumi";
import { COMPONENT } from "../systems/pulumi/types";
import type { FoundIdentity } from "../systems/authentik/identity";
import { appPasswordIdentifier, loginFlowSlug } from "../systems/authentik/slug";

export interface CiLoginArgs {
  /** Name prefix of the flow and its stages. */
  readonly loginName: string;
  /** The service accounts that may use this flow. */
  readonly accounts: readonly LoginAccount[];
  /** The existing objects in Authentik. */
  readonly found: Pick<FoundIdentity, "exists" | "staged" | "accounts">;
}

export interface LoginAccount {
  readonly name: string;
  readonly user: authentik.User;
  /** Whether this is the only pusher that an earlier version knew. */
  readonly isFormer: boolean;
}

/** The login of one account. */
export interface PusherLogin {
  readonly username: pulumi.Output<string>;
  readonly flowSlug: pulumi.Output<string>;
  readonly appPassword: pulumi.Output<string>;
}

/** Layout of a page that no person sees. */
const LOOKS = {
  flow: ["background", "compatibilityMode", "layout"],
  password: ["allowShowPassword"],
  identification: ["enableRememberMe", "showMatchedUser", "showSourceLabels"],
};

/**
 * One login flow for all service accounts that push. The default flow asks for a second factor. This one takes an app
 * password, and its last stage, which creates the session, is bound to these accounts alone.
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

  /** @throws Error for an unknown account */
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
    // Only the relative order matters.
    const ignoreChanges = found.staged ? ["order"] : [];
    const last = new authentik.FlowStageBinding(
      `${name}-gives-session`,
      // Evaluated when the stage is reached, because only then the user is known.
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
    // Created last and deleted first: without a binding the flow would give a session to every user.
    new authentik.FlowStageBinding(
      `${name}-asks-identification`,
      { target: flow.uuid, stage: identification.id, order: 10 },
      { parent: this, dependsOn: bindings, ignoreChanges },
    );
  }
}

/**
 * Authentik refuses two bindings with the same order on one object, although the order means nothing here. Each
 * account keeps its own order when others are added or removed.
 */
function orderOf(account: string): number {
  return createHash("sha256").update(account).digest().readUInt32BE(0) >>> 1;
}
