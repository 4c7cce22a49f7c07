import {
  AuthorizationRefused,
  ForeignRedirect,
  LoginTimedOut,
  RegistryRefused,
  UnexpectedAnswer,
} from "../../../systems/authentik/errors";
import { UnreachableError } from "../../../systems/http/errors";
import { startPlainServer } from "../../support/plain-server";
import { startWorld, type World } from "./world";
import { startLoginRegistry } from "./registry";

let world: World;

afterEach(() => world.stop());

test("a provider without grant types", async () => {
  world = await startWorld({ provider: { grant_types: undefined } });
  const error = await world.failure();
  expect(error).toBeInstanceOf(AuthorizationRefused);
  expect(error.message).toContain("grant types");
});

test("another redirect URI than the registry's", async () => {
  world = await startWorld({
    provider: {
      redirect_uris: [
        { matching_mode: "strict", url: "https://registry.example.org/zot/auth/callback/oidc" },
      ],
    },
  });
  await expect(world.failure()).resolves.toBeInstanceOf(AuthorizationRefused);
});

test("a registry with another client secret", async () => {
  world = await startWorld();
  world.registry.client = {
    issuer: `${world.authentik.url}/application/o/zot/`,
    clientId: "zot",
    clientSecret: "another",
  };
  const error = await world.failure();
  expect(error).toBeInstanceOf(RegistryRefused);
  expect(error).toMatchObject({ status: 401 });
});

test("a registry that runs without OIDC", async () => {
  world = await startWorld();
  world.registry.client = undefined;
  const error = await world.failure();
  expect(error).toBeInstanceOf(RegistryRefused);
  expect(error.message).toContain("fallback");
});

test.each(["http://localhost.example:1/steal", "https://127.0.0.1:1/", "data:text/html,x"])(
  "a redirect to %s is not followed",
  async (target) => {
    world = await startWorld();
    world.registry.loginRedirect = target;
    const error = await world.failure();
    expect(error).toBeInstanceOf(ForeignRedirect);
    expect(world.authentik.requests.some(({ path }) => path === "/application/o/authorize/")).toBe(false);
  },
);

test("no cookie and no code reaches another server on the same host", async () => {
  world = await startWorld();
  const thief = await startLoginRegistry();
  world.registry.loginRedirect = `${thief.url}/zot/auth/login`;
  await expect(world.failure()).resolves.toMatchObject({ target: thief.url });
  await thief.stop();
});

test("a server that never answers ends at the deadline", async () => {
  world = await startWorld();
  world.authentik.setFault("hang");
  const error = await world.failure({ timeoutMs: 200 });
  expect(error).toBeInstanceOf(LoginTimedOut);
  expect(error.message).toContain("200 ms");
});

test("a server that is down", async () => {
  world = await startWorld();
  world.authentik.setDown(true);
  await expect(world.failure()).resolves.toBeInstanceOf(UnreachableError);
  world.authentik.setDown(false);
  await expect(world.logIn()).resolves.toHaveProperty("cookie");
});

test.each(["bad-gateway", "rubbish"] as const)("a server that answers with %s", async (fault) => {
  world = await startWorld();
  world.authentik.setFault(fault);
  await expect(world.failure()).resolves.toBeInstanceOf(UnexpectedAnswer);
});

test("a flow that ends at the registry, on a path like the executor's, never gets the password there", async () => {
  world = await startWorld();
  const bodies: string[] = [];
  const thief = await startPlainServer((request, response) => {
    request.on("data", (chunk: Buffer) => bodies.push(chunk.toString()));
    response.end(JSON.stringify({ component: "ak-stage-identification", password_fields: true }));
  });
  const executor = `/api/v3/flows/executor/${world.declared.flowSlug}/`;
  const authentik = await startPlainServer((_, response) =>
    response.end(JSON.stringify({ component: "xak-flow-redirect", to: `${thief.url}${executor}` })),
  );
  const attempt = world.logIn({ authentikUrl: authentik.url, registryUrl: thief.url });
  await expect(attempt).rejects.toThrow("could not log in");
  expect(thief.requests).toEqual([]);
  expect(bodies.join("")).not.toContain(world.declared.appPassword);
  await Promise.all([thief.stop(), authentik.stop()]);
});
