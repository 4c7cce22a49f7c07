import type { Discovered } from "../../../commands/adopt/settings/discovered";

/* The homelab that this was made for, as a look at its host, its Authentik, its vault and its Forgejo finds it. */
const sync = (host: string, destination: string) => ({
  urls: [`https://${host}`],
  content: [{ prefix: "**", destination }],
  onDemand: true,
  tlsVerify: true,
});
const VAULT = "op://blumeops";
const FORGEJO_ITEM = `${VAULT}/w3663ffnvkewbftncqxtcpeavy`;
const REGISTRY = "https://registry.ops.eblu.me";

export const HOMELAB: Discovered = {
  registryUrl: REGISTRY,
  vault: { id: "vg6xf6vvfmoh5hqjjhlhbeoaie", name: "blumeops" },
  references: new Map(),
  authentik: {
    url: "https://authentik.ops.eblu.me",
    token: { reference: `${VAULT}/oor7os5kapczgpbwv7obkca4y4/api-token` },
    application: { slug: "zot", name: "Zot Registry", launchUrl: REGISTRY },
    provider: {
      pk: 7,
      name: "Zot",
      clientId: "zot",
      authorizationFlow: "implicit",
      invalidationFlow: "invalidation",
      signingKey: "key",
      redirects: [{ strict: true, url: `${REGISTRY}/zot/auth/callback/oidc` }],
      mappings: ["openid", "email", "profile"],
      grantTypes: undefined,
      application: { slug: "zot", name: "Zot Registry" },
    },
    isOpenToAll: false,
    names: new Map([
      ["implicit", "default-provider-authorization-implicit-consent"],
      ["invalidation", "default-provider-invalidation-flow"],
      ["key", "authentik Self-signed Certificate"],
    ]),
    groups: ["admins", "artifact-workloads"],
  },
  host: {
    address: "indri.tail8d86e.ts.net",
    port: 22,
    user: "erichblume",
    hostKey: undefined,
    privateKey: undefined,
    restart: undefined,
  },
  installation: {
    sshUser: "erichblume",
    runsAs: "erichblume",
    zotVersion: "2.1.20",
    zotBinary: "/Users/erichblume/code/3rd/zot/bin/zot-darwin-arm64",
    configFile: "/Users/erichblume/.config/zot/config.json",
    launched: false,
    service: {
      manager: "launchd",
      label: "mcquack.eblume.zot",
      logFiles: [
        "/Users/erichblume/Library/Logs/mcquack.zot.out.log",
        "/Users/erichblume/Library/Logs/mcquack.zot.err.log",
      ],
    },
    clientIds: ["zot"],
    repositories: ["blumeops/authentik", "blumeops/hello", "docker.io/library/alpine", "ghcr.io/home/app"],
    config: {
      distSpecVersion: "1.1.0",
      storage: { rootDirectory: "/Users/erichblume/zot", gc: true, gcDelay: "1h", gcInterval: "24h" },
      http: {
        address: "0.0.0.0",
        port: "5050",
        externalUrl: REGISTRY,
        auth: {
          openid: {
            providers: {
              oidc: {
                credentialsFile: "/Users/erichblume/.config/zot/oidc-credentials.json",
                issuer: "https://authentik.ops.eblu.me/application/o/zot/",
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
        sync: {
          enable: true,
          registries: [
            sync("registry-1.docker.io", "/docker.io"),
            sync("ghcr.io", "/ghcr.io"),
            sync("quay.io", "/quay.io"),
          ],
        },
        search: { enable: true, cve: { updateInterval: "24h" } },
        ui: { enable: true },
      },
    },
  },
  pushers: [{ username: "zot-ci", group: "artifact-workloads", key: `${FORGEJO_ITEM}/zot-ci-api` }],
  forgejo: {
    url: "https://forge.eblu.me",
    token: { reference: `${FORGEJO_ITEM}/api-token` },
    owner: "eblume",
    repositories: [
      {
        owner: "eblume",
        name: "blumeops",
        secrets: ["ARGOCD_AUTH_TOKEN", "FLY_DEPLOY_TOKEN", "ZOT_CI_API_KEY"],
      },
      { owner: "eblume", name: "cv", secrets: ["FORGE_TOKEN"] },
    ],
  },
  sources: new Map([
    ["ARGOCD_AUTH_TOKEN", `${FORGEJO_ITEM}/argocd_token`],
    ["FLY_DEPLOY_TOKEN", `${VAULT}/on5slfaygtdjrxmdwezyhfmqsq/deploy-token`],
    ["cv/FORGE_TOKEN", `${FORGEJO_ITEM}/api-token`],
  ]),
};
