import { createHash, generateKeyPair } from "node:crypto";
import { promisify } from "node:util";
import { newFlow, newFlowStageBinding } from "./api/flows";
import { identificationStages, passwordStages, userLoginStages } from "./api/stages";
import { newToken } from "./api/tokens";
import { newUser } from "./api/users";
import type { Flow, Group, Stage, User, ValidateStage } from "./objects";
import { newUuid, type Store } from "./store";

export interface PersonSeed {
  readonly username: string;
  readonly password: string;
  /** Names of groups; made where they are missing. */
  readonly groups?: readonly string[];
  /** Code of the person's second factor; without one the default flow does what `withoutSecondFactor` says. */
  readonly mfaCode?: string;
  readonly email?: string;
}

export interface Seeds {
  /** Key of akadmin's API token. */
  readonly bootstrapToken: string;
  readonly people?: readonly PersonSeed[];
  /** What the default flow does with somebody without a second factor: Authentik ships `skip`, the homelab has `configure`. */
  readonly withoutSecondFactor?: ValidateStage["not_configured_action"];
}

/** What a fresh Authentik of the homelab has before anything was declared (shared/facts/homelab.md, authentik.md). */
export async function seed(
  store: Store,
  { bootstrapToken, people = [], withoutSecondFactor = "configure" }: Seeds,
): Promise<void> {
  addGroup(store, "admins");
  addGroup(store, "authentik Admins", true);
  seedFlows(store, withoutSecondFactor);
  seedScopes(store);
  await seedKeyPair(store);
  const admin = addPerson(store, {
    username: "akadmin",
    name: "authentik Default Admin",
    password: null,
    groups: ["authentik Admins"],
  });
  const token = {
    ...newToken(admin.pk),
    identifier: "authentik-bootstrap-token",
    key: bootstrapToken,
    expiring: false,
  };
  store.tokens.set(token.pk, token);
  for (const person of people) addPerson(store, person);
}

function addGroup(store: Store, name: string, is_superuser = false): Group {
  const existing = [...store.groups.values()].find((group) => group.name === name);
  if (existing) return existing;
  const group = { pk: newUuid(), name, is_superuser, parents: [], attributes: {}, roles: [] };
  store.groups.set(group.pk, group);
  return group;
}

function addPerson(
  store: Store,
  {
    username,
    name = username,
    password,
    groups = [],
    mfaCode,
    email,
  }: Omit<PersonSeed, "password"> & { name?: string; password: string | null },
): User {
  const user: User = {
    ...newUser(store),
    username,
    password,
    name,
    email: email ?? `${username}@example.org`,
    groups: groups.map((name) => addGroup(store, name).pk),
    mfaCode: mfaCode ?? null,
  };
  store.users.set(user.pk, user);
  return user;
}

/** The default flows of Authentik's blueprints, with the second factor enforced as the homelab has it. */
function seedFlows(store: Store, not_configured_action: ValidateStage["not_configured_action"]): void {
  const password = stage(
    store,
    { ...passwordStages.create?.(store, 0), name: "default-authentication-password" },
    {
      backends: ["authentik.core.auth.InbuiltBackend", "authentik.core.auth.TokenBackend"],
    },
  );
  const identification = stage(
    store,
    { ...identificationStages.create?.(store, 0), name: "default-authentication-identification" },
    { user_fields: ["email", "username"], pretend_user_exists: true },
  );
  const mfa = stage(
    store,
    { kind: "authenticator_validate", name: "default-authentication-mfa-validation" },
    { not_configured_action },
  );
  const login = stage(
    store,
    { ...userLoginStages.create?.(store, 0), name: "default-authentication-login" },
    {},
  );
  const consent = stage(
    store,
    { kind: "consent", name: "default-provider-authorization-consent" },
    {
      mode: "permanent",
    },
  );
  const authentication = flow(
    store,
    "default-authentication-flow",
    "Welcome to authentik!",
    "authentication",
  );
  store.brand.flow_authentication = authentication.pk;
  bind(store, authentication, identification, 10);
  bind(store, authentication, password, 20);
  bind(store, authentication, mfa, 30);
  bind(store, authentication, login, 100);
  const authorized = { authentication: "require_authenticated" };
  const totp = stage(store, { kind: "authenticator_totp", name: "default-authenticator-totp-setup" }, {});
  const setUp = flow(
    store,
    "default-authenticator-totp-setup",
    "Set up Two-Factor authentication",
    "stage_configuration",
    authorized,
  );
  bind(store, setUp, totp, 0);
  const explicit = "default-provider-authorization-explicit-consent";
  flow(
    store,
    "default-provider-authorization-implicit-consent",
    "Redirecting to %(app)s",
    "authorization",
    authorized,
  );
  bind(store, flow(store, explicit, "Redirecting to %(app)s", "authorization", authorized), consent, 0);
  flow(store, "default-provider-invalidation-flow", "Logged out of application", "invalidation");
  flow(store, "default-invalidation-flow", "Logout", "invalidation");
}

function flow(
  store: Store,
  slug: string,
  title: string,
  designation: Flow["designation"],
  more: Partial<Flow> = {},
): Flow {
  const row = { ...newFlow(), name: title, slug, title, designation, ...more };
  store.flows.set(row.pk, row);
  return row;
}

function stage(store: Store, base: Partial<Stage>, more: Partial<Stage>): Stage {
  const row = { pk: newUuid(), ...base, ...more } as Stage;
  store.stages.set(row.pk, row);
  return row;
}

function bind(store: Store, target: Flow, { pk }: Stage, order: number): void {
  const row = { ...newFlowStageBinding(), target: target.pk, stage: pk, order };
  store.flowBindings.set(row.pk, row);
}

const SCOPES: readonly [scope: string, description: string, expression: string][] = [
  [
    "openid",
    "",
    "# This scope is required by the OpenID-spec, and must as such exist in authentik.\nreturn {}",
  ],
  ["email", "Email address", 'return {"email": request.user.email, "email_verified": False}'],
  [
    "profile",
    "General Profile Information",
    'return {"name": request.user.name, "given_name": request.user.name, "preferred_username": request.user.username, ' +
      '"nickname": request.user.username, "groups": [group.name for group in request.user.groups.all()]}',
  ],
  ["offline_access", "Access to request new tokens without interaction", "return {}"],
];

function seedScopes(store: Store): void {
  for (const [scope_name, description, expression] of SCOPES) {
    const managed = `goauthentik.io/providers/oauth2/scope-${scope_name}`;
    const name = `authentik default OAuth Mapping: OpenID '${scope_name}'`;
    const row = { pk: newUuid(), managed, name, scope_name, description, expression };
    store.scopes.set(row.pk, row);
  }
}

/** Made once a process: it takes a good part of a second, and nothing tells the servers of one process apart by it. */
let privateKey: Promise<string> | undefined;

async function makePrivateKey(): Promise<string> {
  const pair = await promisify(generateKeyPair)("rsa", {
    modulusLength: 2048,
    publicKeyEncoding: { type: "spki", format: "pem" },
    privateKeyEncoding: { type: "pkcs8", format: "pem" },
  });
  return pair.privateKey;
}

async function seedKeyPair(store: Store): Promise<void> {
  const pem = await (privateKey ??= makePrivateKey());
  const pk = newUuid();
  store.keyPairs.set(pk, {
    pk,
    name: "authentik Self-signed Certificate",
    managed: null,
    privateKey: pem,
    kid: createHash("md5").update(pem).digest("hex"),
    expires: new Date(Date.now() + 365 * 86_400_000).toISOString(),
  });
}
