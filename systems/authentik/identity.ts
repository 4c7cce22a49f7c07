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

/** What a registry's identity needs of Authentik, and what it is known by there. */
export interface WantedIdentity {
  /** Authentik's base URL. */
  readonly url: string;
  /** Everything that the settings name and that has to be there. */
  readonly names: readonly WantedName[];
  /** Groups whose members may log in, in the settings' order. */
  readonly groups: readonly string[];
  /** Scopes whose mappings the provider gets. */
  readonly scopes: readonly string[];
  readonly slug: string;
  /** Client id and name of the provider, where the settings say them; else one that exists keeps its own. */
  readonly clientId?: string | undefined;
  readonly providerName?: string | undefined;
  /** What the application is called, or would be. */
  readonly applicationName: string;
  /** What the login of the accounts that push is named after. */
  readonly loginName: string;
  /** Those accounts, by their user names, each with its setting. */
  readonly pushers: readonly { readonly name: string; readonly setting: string }[];
  /** Settings to name in problems that no single name is at fault for. */
  readonly settings: Readonly<Record<"url" | "token" | "slug" | "clientId" | "providerName", string>>;
}

/** What is there, and what of it stays as it is since it means nothing to the registry. */
export interface FoundIdentity {
  /** Release of the server, such as `2026.2.0`; undefined where it was not told. */
  readonly version: string | undefined;
  readonly dialect: Dialect;
  /** The id of what a name stands for. */
  readonly id: (kind: NameKind, name: string) => string;
  /** Ids of the scopes' mappings, in an order of their own. */
  readonly scopeMappings: readonly string[];
  /** The OIDC client that is there: the one of the application, else one that nobody else uses. */
  readonly provider: FoundProvider | undefined;
  readonly application: FoundApplication | undefined;
  /** Whether there is an application to which nobody is bound, so that everybody may log in. */
  readonly isOpenToAll: boolean;
  /** Which objects exist: their names and notes are their owners'. */
  readonly exists: Readonly<Record<"flow", boolean>>;
  /** Of each account that pushes, by its user name. */
  readonly accounts: ReadonlyMap<string, FoundAccount>;
  /** Of the binding of each group in `groups`. */
  readonly orders: readonly BindingOrder[];
  /** Whether the login flow asks who it is before it gives a session, whatever the numbers are. */
  readonly staged: boolean;
}

/** What there is of an account that pushes. */
export interface FoundAccount {
  readonly user: boolean;
  /** Its app password. */
  readonly token: boolean;
  /** Whether somebody switched it off. */
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
 * Looks everything up that the identity rests on, before anything of it is declared.
 *
 * @throws AuthentikNamesError with every name that is missing, SystemError
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
    // What the deploy needs, whether a setting names a group or the program makes all of them.
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
  // Any other shows as well what the server knows: a release candidate may lack what its release has.
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
    // One that somebody switched off says who was meant to.
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

/** An object, and what hangs on it. */
function below<T>(
  object: Promise<Row | undefined>,
  ask: (pk: string) => Promise<T | undefined>,
): [Promise<Row | undefined>, Promise<T | undefined>] {
  return [object, object.then((row) => (row === undefined ? undefined : ask(identified.parse(row).pk)))];
}

/** A name that the settings leave out is needed where there is no provider that has another one. */
function isSettled(
  names: readonly WantedName[],
  setting: string,
  provider: FoundProvider | undefined,
): boolean {
  const instead = names.find((name) => name.setting === setting && name.unless)?.unless;
  return instead !== undefined && provider?.[instead] !== undefined;
}

/** Whoever has a valid token may ask for it (authentik/admin/api/version.py); a proxy may still keep it back. */
async function versionOf(objects: AuthentikObjects): Promise<string | undefined> {
  const told = await objects.one("admin/version/").catch((error: unknown) => {
    if (isDenied(error)) return undefined;
    throw error;
  });
  return release.safeParse(told).data?.version_current;
}

/** With more pushers than this, two lists cost less than two requests for each of them. */
const FEW = 3;

interface Account {
  readonly name: string;
  readonly setting: string;
  readonly account: Row | undefined;
  readonly appPassword: Row | undefined;
}

/** The accounts that are there, and their app passwords. Whatever a list does not show is asked for by its name. */
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

/** By the names that the login's stages have. */
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
 * Who is no superuser finds no token of another user, whether it is there or not, and whatever token they make is their own
 * (authentik/core/api/tokens.py). What was declared before it would stay half-way.
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
 * The account of a person would become a service account, with the pusher's group in the place of its own. One that has the app
 * password already is the program's, whatever somebody made of it.
 */
function personProblems({ account, appPassword, name, setting }: Account): NameProblem[] {
  if (account === undefined || appPassword !== undefined) return [];
  const { type } = user.parse(account);
  if (type !== "internal" && type !== "external") return [];
  return [
    {
      setting,
      problem: `${quoted(name)} is a user of the type ${type}, like a person's account, and would become a service account without its groups`,
      fix: "choose another name; if it is a pipeline's account, make its type Service account in Authentik first (Directory → Users)",
    },
  ];
}

/** Authentik lets no token change its user. */
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
