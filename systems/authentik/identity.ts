import { z } from "zod";
import { type BindingOrder, bindingOrders } from "./binding-orders";
import { findClient, type FoundApplication, foundApplication, type FoundProvider } from "./client";
import {
  AuthentikNamesError,
  findNamed,
  isDenied,
  lookUpNames,
  noneIfDenied,
  type NameKind,
  nameKey,
  type NameProblem,
  quoted,
  type WantedName,
} from "./names";
import type { AuthentikObjects, Row } from "./reader";
import { type Dialect, dialectOf, isSince, OLDEST } from "./release";
import { appPasswordIdentifier, loginFlowSlug } from "./slug";
import { pathOf } from "../http/path";

/** What a registry's identity needs in Authentik, and what identifies it there. */
export interface WantedIdentity {
  /** Authentik's base URL. */
  readonly url: string;
  /** The names in the settings that must exist. */
  readonly names: readonly WantedName[];
  /** Groups whose members may log in, in the settings' order. */
  readonly groups: readonly string[];
  /** Scopes whose mappings the provider gets. */
  readonly scopes: readonly string[];
  readonly slug: string;
  /** Client id and name of the provider, if the settings have them; otherwise an existing one keeps its own. */
  readonly clientId?: string | undefined;
  readonly providerName?: string | undefined;
  /** Name of the application, existing or new. */
  readonly applicationName: string;
  /** Name prefix of the pushers' login. */
  readonly loginName: string;
  /** The pushers' accounts, by username, each with its setting. */
  readonly pushers: readonly { readonly name: string; readonly setting: string }[];
  /** Settings to name in problems that no single name causes. */
  readonly settings: Readonly<Record<"url" | "token" | "slug" | "clientId" | "providerName", string>>;
}

/** The existing objects, and which of their properties stay because they do not affect the registry. */
export interface FoundIdentity {
  /** Release of the server, such as `2026.2.0`; undefined if unknown. */
  readonly version: string | undefined;
  readonly dialect: Dialect;
  /** The id for a name. */
  readonly id: (kind: NameKind, name: string) => string;
  /** Ids of the scopes' mappings, in a fixed order. */
  readonly scopeMappings: readonly string[];
  /** The existing OIDC client: the application's, otherwise one that no application uses. */
  readonly provider: FoundProvider | undefined;
  readonly application: FoundApplication | undefined;
  /** Whether the application exists without bindings, so everybody may log in. */
  readonly isOpenToAll: boolean;
  /** Which objects exist: their names and notes belong to their owners. */
  readonly exists: Readonly<Record<"flow", boolean>>;
  /** For each pusher's account, by username. */
  readonly accounts: ReadonlyMap<string, FoundAccount>;
  /** For the binding of each group in `groups`. */
  readonly orders: readonly BindingOrder[];
  /** Whether the login flow identifies the user before it creates a session, whatever the numbers are. */
  readonly staged: boolean;
}

/** The existing parts of a pusher's account. */
export interface FoundAccount {
  readonly user: boolean;
  /** Its app password. */
  readonly token: boolean;
  /** Whether it was disabled. */
  readonly disabled: boolean;
}

const identified = z.looseObject({ pk: z.string() });
const user = z.looseObject({ pk: z.number(), is_active: z.boolean(), type: z.string().optional() });
const username = z.looseObject({ username: z.string() });
const identifier = z.looseObject({ identifier: z.string() });
const token = z.looseObject({ user_obj: z.looseObject({ username: z.string() }).nullish() });
const me = z.looseObject({ user: z.looseObject({ username: z.string(), is_superuser: z.boolean() }) });
const binding = z.looseObject({
  group_obj: z.looseObject({ name: z.string() }).nullish(),
  order: z.number(),
  enabled: z.boolean(),
  negate: z.boolean().default(false),
});
const stageBinding = z.looseObject({
  order: z.number(),
  stage_obj: z.looseObject({ name: z.string() }).nullish(),
});
const release = z.looseObject({ version_current: z.string() });

/**
 * Looks up everything that the identity needs, before any resource is declared.
 *
 * @throws AuthentikNamesError with every missing name, SystemError
 */
export async function lookUpIdentity(
  objects: AuthentikObjects,
  wanted: WantedIdentity,
): Promise<FoundIdentity> {
  const flowSlug = loginFlowSlug(wanted.loginName);
  const denied: string[] = [];
  const asked = async <T>(right: string, ask: Promise<T>): Promise<T | undefined> =>
    ask.catch((error: unknown) => {
      if (!isDenied(error)) throw error;
      denied.push(right);
      return undefined;
    });
  const one = (path: string, id: string) => objects.one(`${path}${pathOf(id)}/`);
  const application = asked("authentik_core.view_application", one("core/applications", wanted.slug));
  const [version, names, , client, applicationRow, bindings, flow, stages, accounts] = await Promise.all([
    versionOf(objects),
    lookUpNames(objects, wanted.names),
    // Rights that the deploy needs in any case, whether the settings name a group or the program creates all of them.
    asked("authentik_core.view_group", findNamed(objects, "group", wanted.groups[0] ?? "")),
    asked(
      "authentik_providers_oauth2.view_oauth2provider",
      application.then((row) => findClient(objects, row, wanted)),
    ),
    ...below(application, (target) =>
      asked("authentik_policies.view_policybinding", objects.list("policies/bindings/", { target })),
    ),
    ...below(asked("authentik_flows.view_flow", one("flows/instances", flowSlug)), (target) =>
      asked("authentik_flows.view_flowstagebinding", objects.list("flows/bindings/", { target })),
    ),
    accountsOf(objects, wanted.pushers, asked),
  ]);
  const { provider } = client ?? {};
  const problems = [
    ...names.problems.filter(({ setting }) => !isSettled(wanted.names, setting, provider)),
    ...(client?.problems ?? []),
    ...rightsProblems(denied, wanted),
    ...releaseProblems(version, wanted),
    ...accounts.flatMap(ownerProblems),
    ...(await tokenProblems(objects, denied, accounts, wanted)),
    ...accounts.flatMap(personProblems),
  ];
  if (problems.length > 0) throw new AuthentikNamesError(problems, wanted.url);
  // Any other provider also shows what the server knows: a release candidate may lack properties of its release.
  const example = client?.row ?? (await objects.list("providers/oauth2/", {}))[0];

  const id = (kind: NameKind, name: string): string =>
    identified.parse(names.found.get(nameKey({ kind, name }))?.[0]).pk;
  const scopeMappings = wanted.scopes
    .flatMap((name) => names.found.get(nameKey({ kind: "scope", name })) ?? [])
    .map((row) => identified.parse(row).pk)
    .sort();
  return {
    version,
    dialect: dialectOf(version, example),
    id,
    scopeMappings,
    provider,
    application: applicationRow && foundApplication(applicationRow),
    // A disabled account still shows that it was intended.
    isOpenToAll: applicationRow !== undefined && bindings?.length === 0,
    exists: {
      flow: flow !== undefined,
    },
    accounts: new Map(
      accounts.map(({ name, account, appPassword }) => [
        name,
        {
          user: account !== undefined,
          token: appPassword !== undefined,
          disabled: account !== undefined && !user.parse(account).is_active,
        },
      ]),
    ),
    orders: bindingOrders(
      (bindings ?? []).map((row) => {
        const { enabled, group_obj, negate, order } = binding.parse(row);
        return { group: group_obj?.name, order, settled: enabled && !negate };
      }),
      wanted.groups,
    ),
    staged: isStaged(stages ?? [], wanted.loginName),
  };
}

/** An object, and its dependents. */
function below<T>(
  object: Promise<Row | undefined>,
  ask: (pk: string) => Promise<T | undefined>,
): [Promise<Row | undefined>, Promise<T | undefined>] {
  return [object, object.then((row) => (row === undefined ? undefined : ask(identified.parse(row).pk)))];
}

/** A default name is only needed if no provider has another one. */
function isSettled(
  names: readonly WantedName[],
  setting: string,
  provider: FoundProvider | undefined,
): boolean {
  const instead = names.find((name) => name.setting === setting && name.unless)?.unless;
  return instead !== undefined && provider?.[instead] !== undefined;
}

/** Every valid token may request it (authentik/admin/api/version.py); a proxy may still block it. */
async function versionOf(objects: AuthentikObjects): Promise<string | undefined> {
  const told = await objects.one("admin/version/").catch((error: unknown) => {
    if (isDenied(error)) return undefined;
    throw error;
  });
  return release.safeParse(told).data?.version_current;
}

/** With more pushers than this, two lists cost less than two requests each. */
const FEW = 3;

interface Account {
  readonly name: string;
  readonly setting: string;
  readonly account: Row | undefined;
  readonly appPassword: Row | undefined;
}

/** The existing accounts and their app passwords. What a list does not show is requested by name. */
async function accountsOf(
  objects: AuthentikObjects,
  pushers: WantedIdentity["pushers"],
  asked: <T>(right: string, ask: Promise<T>) => Promise<T | undefined>,
): Promise<Account[]> {
  const listed = async (path: string, query: Readonly<Record<string, string>>) =>
    pushers.length > FEW ? objects.list(path, query).catch(noneIfDenied) : undefined;
  const [users = [], tokens = []] = await Promise.all([
    listed("core/users/", { type: "service_account", include_groups: "false" }),
    listed("core/tokens/", { intent: "app_password" }),
  ]);
  const userBy = new Map(users.map((row) => [username.parse(row).username, row]));
  const tokenBy = new Map(tokens.map((row) => [identifier.parse(row).identifier, row]));
  return Promise.all(
    pushers.map(async ({ name, setting }) => {
      const id = appPasswordIdentifier(name);
      const [account, appPassword] = await Promise.all([
        userBy.get(name) ??
          asked("authentik_core.view_user", findNamed(objects, "user", name)).then((found) => found?.[0]),
        tokenBy.get(id) ?? asked("authentik_core.view_token", objects.one(`core/tokens${pathOf(id)}/`)),
      ]);
      return { name, setting, account, appPassword };
    }),
  );
}

/** By the names of the login's stages. */
function isStaged(rows: readonly Row[], loginName: string): boolean {
  const bindings = rows.map((row) => stageBinding.parse(row));
  const at = (stage: string) =>
    bindings.find(({ stage_obj }) => stage_obj?.name === `${loginName} ${stage}`)?.order;
  const [identification, session] = [at("identification"), at("session")];
  return identification !== undefined && session !== undefined && identification < session;
}

function rightsProblems(denied: readonly string[], { settings }: WantedIdentity): NameProblem[] {
  if (denied.length === 0) return [];
  const rights = [...new Set(denied)].sort().join(", ");
  return [
    {
      setting: settings.token,
      problem: "the token is not valid, or its user may not see what the program manages",
      fix: `make an API token of an admin, or give its user the permissions ${rights}, and those to change the same`,
    },
  ];
}

function releaseProblems(version: string | undefined, { settings }: WantedIdentity): NameProblem[] {
  if (version === undefined || isSince(version, OLDEST) !== false) return [];
  return [
    {
      setting: settings.url,
      problem: `it is Authentik ${version}, whose answers lack what the provider plugin requires of them`,
      fix: `upgrade Authentik to ${OLDEST} or newer`,
    },
  ];
}

/**
 * A user who is not a superuser cannot find another user's token, and every token that they create is their own
 * (authentik/core/api/tokens.py). The resources before it would be left half-way.
 */
async function tokenProblems(
  objects: AuthentikObjects,
  denied: readonly string[],
  accounts: readonly { readonly name: string; readonly appPassword: Row | undefined }[],
  { settings }: WantedIdentity,
): Promise<NameProblem[]> {
  const missing = accounts.filter(({ appPassword }) => appPassword === undefined);
  if (denied.length > 0 || missing.length === 0) return [];
  const asker = me.safeParse(await objects.one("core/users/me/")).data?.user;
  if (asker?.is_superuser !== false) return [];
  const names = missing.map(({ name }) => quoted(name)).join(", ");
  return [
    {
      setting: settings.token,
      problem: `its user ${quoted(asker.username)} is not a superuser, and cannot see or make the app password by which ${names} would log in`,
      fix: "make an API token of a user in a superuser group, such as authentik Admins, and store it where the setting points",
    },
  ];
}

/**
 * A person's account would become a service account, with the pusher's group instead of its own. An account with the
 * app password is the program's, whatever its type is now.
 */
function personProblems({ account, appPassword, name, setting }: Account): NameProblem[] {
  if (account === undefined || appPassword !== undefined) return [];
  const { type } = user.parse(account);
  if (type !== undefined && type in OTHERS_ACCOUNTS) {
    return [
      {
        setting,
        problem: `${quoted(name)} is a user of the type ${type}, like ${OTHERS_ACCOUNTS[type] ?? ""}, and would become a service account without its groups`,
        fix: "choose another name; if it is a pipeline's account, make its type Service account in Authentik first (Directory → Users)",
      },
    ];
  }
  return [];
}

/** Types of users (authentik/core/models.py, UserTypes) that are no pipeline's, with those who have them. */
const OTHERS_ACCOUNTS: Readonly<Record<string, string>> = {
  internal: "a person's account",
  external: "a person's account",
  internal_service_account: "the account of an outpost",
};

/** Authentik never changes a token's user. */
function ownerProblems({
  name,
  setting,
  appPassword,
}: {
  readonly name: string;
  readonly setting: string;
  readonly appPassword: Row | undefined;
}): NameProblem[] {
  const owner = token.safeParse(appPassword).data?.user_obj?.username;
  if (owner === undefined || owner === name) return [];
  const identifier = quoted(appPasswordIdentifier(name));
  return [
    {
      setting,
      problem: `the token ${identifier}, by which ${quoted(name)} logs in, belongs to ${quoted(owner)}`,
      fix: "delete that token in Authentik (Directory → Tokens and App passwords), or choose another user name",
    },
  ];
}
