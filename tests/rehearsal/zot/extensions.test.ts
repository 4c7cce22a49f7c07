import { ask, basic } from "./client";
import { world } from "./world";

const it = world((config) => {
  config.http.accessControl = {
    repositories: { "**": { policies: [{ users: ["ann"], actions: ["read"] }] } },
  };
  config.extensions = {
    search: { enable: true },
    metrics: { enable: true, prometheus: { path: "/numbers" } },
  };
});

test("without any anonymous policy nothing is open to all", async () => {
  for (const path of ["/v2/", "/v2/_catalog", "/numbers"])
    expect((await ask(`${it.url}${path}`)).status).toBe(401);
  expect((await ask(`${it.url}/metrics`)).status).toBe(404);
});

test("but how to log in, and that it lives", async () => {
  const { status, json } = await ask(`${it.url}/v2/_zot/ext/mgmt`);
  expect([status, json.http]).toEqual([200, { auth: { openid: { providers: { oidc: {} } }, apikey: true } }]);
  expect(
    (await ask(`${it.url}/v2/_zot/ext/mgmt`, { headers: { Authorization: basic("a", "b") } })).status,
  ).toBe(401);
  expect((await ask(`${it.url}/readyz`)).text).toBe("ok");
});

describe("of extensions without settings", () => {
  const alone = world((config) => {
    config.extensions = { metrics: {} };
  });

  test("each is on where none has any", async () => {
    expect((await ask(`${alone.url}/metrics`, { headers: { Authorization: basic("a", "b") } })).status).toBe(
      401,
    );
    expect((await ask(`${alone.url}/metrics`)).status).toBe(200);
  });
});
