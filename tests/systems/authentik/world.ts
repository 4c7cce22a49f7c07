import { SystemError } from "../../../systems/http/errors";
import { logInToRegistry, type RegistryLogin } from "../../../systems/authentik/login";
import { type Authentik, type AuthentikOptions, startAuthentik } from "../../../rehearsal/authentik";
import { Api, type Declared, declareRegistry, TOKEN } from "../../rehearsal/authentik/client";
import { type LoginRegistry, startLoginRegistry } from "./registry";

export interface World {
  authentik: Authentik;
  registry: LoginRegistry;
  declared: Declared;
  api: Api;
  logIn(changes?: Partial<RegistryLogin>): Promise<{ cookie: string }>;
  /** What the login fails with: one of its own errors, without anything that is secret. */
  failure(changes?: Partial<RegistryLogin>): Promise<SystemError>;
  stop(): Promise<void>;
}

export interface WorldOptions extends Pick<AuthentikOptions, "alwaysShowFlow"> {
  /** Values of the OAuth2 provider that differ from what the program declares. */
  provider?: Record<string, unknown>;
}

/** Authentik's stand-in with the program's objects declared in it, and a registry that logs in there. */
export async function startWorld({ provider = {}, ...options }: WorldOptions = {}): Promise<World> {
  const authentik = await startAuthentik({
    bootstrapToken: TOKEN,
    ...options,
    people: [{ username: "ana", password: "ana's password", groups: ["admins"], mfaCode: "123456" }],
  });
  const registry = await startLoginRegistry();
  const declared = await declareRegistry(authentik, registry.url, provider);
  registry.client = { issuer: `${authentik.url}/application/o/zot/`, ...declared };
  const login = (changes: Partial<RegistryLogin> = {}): RegistryLogin => ({
    registryUrl: registry.url,
    authentikUrl: authentik.url,
    flowSlug: declared.flowSlug,
    username: "zot-ci",
    password: declared.appPassword,
    ...changes,
  });
  return {
    authentik,
    registry,
    declared,
    api: new Api(authentik.url),
    logIn: (changes) => logInToRegistry(login(changes)),
    failure: (changes) => failureOf(login(changes), declared.clientSecret),
    stop: async () => {
      await Promise.all([authentik.stop(), registry.stop()]);
    },
  };
}

async function failureOf(login: RegistryLogin, clientSecret: string): Promise<SystemError> {
  const error: unknown = await logInToRegistry(login).then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (!(error instanceof SystemError)) throw new Error(`expected a SystemError, got ${String(error)}`);
  for (const secret of [login.password, clientSecret, "?", "code="]) {
    expect(error.message).not.toContain(secret);
  }
  expect(error.hint).not.toBe("");
  return error;
}
