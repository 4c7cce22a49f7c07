import { homelabAccess } from "../../../support/access";
import { configDiff } from "../../../../systems/zot/config/diff";
import { desiredConfig } from "../../../../systems/zot/config/render";

/** A registry that an earlier hand hardened: a login, two groups, three caches, and metrics as zot read them up to 2.1.17. */
const mirror = (name: string) => ({
  urls: [`https://${name}`],
  content: [{ prefix: "**", destination: `/${name}` }],
  onDemand: true,
  tlsVerify: true,
});
const HOST = {
  distSpecVersion: "1.1.0",
  storage: { rootDirectory: "/srv/zot", gc: true, gcDelay: "1h", gcInterval: "24h" },
  http: {
    address: "0.0.0.0",
    port: "5050",
    externalUrl: "https://registry.example.org",
    auth: {
      openid: {
        providers: {
          oidc: {
            credentialsFile: "/etc/zot/oidc-credentials.json",
            issuer: "https://id.example.org/application/o/zot/",
            scopes: ["openid", "email", "profile"],
            claimMapping: { username: "preferred_username" },
          },
        },
      },
      apikey: true,
    },
    accessControl: {
      metrics: { users: [""] },
      repositories: {
        "**": {
          policies: [
            { groups: ["artifact-workloads"], actions: ["read", "create"] },
            { groups: ["admins"], actions: ["read", "create", "update", "delete"] },
          ],
          anonymousPolicy: ["read"],
          defaultPolicy: ["read"],
        },
      },
    },
  },
  log: { level: "info" },
  extensions: {
    metrics: { enable: true, prometheus: { path: "/metrics" } },
    sync: { enable: true, registries: ["docker.io", "ghcr.io", "quay.io"].map(mirror) },
    search: { enable: true, cve: { updateInterval: "24h" } },
    ui: { enable: true },
  },
};
const DESIRED = desiredConfig({
  zotVersion: "2.1.20",
  externalUrl: "https://registry.example.org",
  credentialsFile: "/etc/zot/oidc-credentials.json",
  oidc: {
    issuer: "https://id.example.org/application/o/zot/",
    scopes: ["openid", "email", "profile"],
    usernameClaim: "preferred_username",
    groupsClaim: "groups",
  },
  access: homelabAccess({ caches: ["docker.io/**", "ghcr.io/**", "quay.io/**"] }),
  base: HOST,
});

test("the first diff of an almost matching registry fits on one screen, and shows differences alone", () => {
  const lines = configDiff(HOST, DESIRED);
  expect(lines.length).toBeLessThanOrEqual(24);
  expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(160);
  const text = lines.join("\n");
  expect(text).toContain('- http.accessControl.metrics.users: [""]\n');
  expect(text).toContain('+ http.accessControl.metrics.anonymousPolicy: ["read"]\n');
  for (const same of ["storage", "extensions", "issuer", "address", "credentialsFile"])
    expect(text).not.toContain(same);
});

test("a different spelling of the same value is not shown", () => {
  const other = {
    LOG: { Level: "info" },
    ...Object.fromEntries(Object.entries(HOST).reverse()),
    log: undefined,
  };
  expect(configDiff(HOST, JSON.parse(JSON.stringify(other)) as typeof HOST)).toEqual([]);
});
