import { dockerConfigTemplate, renderDockerConfig } from "../../../systems/kubernetes/docker-config";
import { externalSecretSpec, type ExternalSecretArgs } from "../../../systems/kubernetes/external-secret";

const args: ExternalSecretArgs = {
  store: "blumeops",
  storeKind: "ClusterSecretStore",
  storeProvider: "onepassword",
  refreshMinutes: 60,
  registryUrl: "https://registry.example.org",
  itemTitle: "zot-ci-apikey",
  secretName: "zot-push",
  metadata: { labels: { owner: "us" }, annotations: { stack: "indri" } },
};

test("the ExternalSecret holds everything but the secret", () => {
  expect(externalSecretSpec(args)).toEqual({
    refreshInterval: "1h0m0s",
    secretStoreRef: { name: "blumeops", kind: "ClusterSecretStore" },
    target: {
      name: "zot-push",
      creationPolicy: "Owner",
      template: {
        engineVersion: "v2",
        type: "kubernetes.io/dockerconfigjson",
        metadata: { labels: { owner: "us" }, annotations: { stack: "indri" } },
        data: { ".dockerconfigjson": dockerConfigTemplate("https://registry.example.org") },
      },
    },
    data: [
      { secretKey: "username", remoteRef: { key: "zot-ci-apikey", property: "username" } },
      { secretKey: "password", remoteRef: { key: "zot-ci-apikey", property: "password" } },
    ],
  });
});

test("a store of the SDK takes item and field in one", () => {
  const { data } = externalSecretSpec({ ...args, storeProvider: "onepasswordSDK" });
  expect(data.map(({ remoteRef }) => remoteRef)).toEqual([
    { key: "zot-ci-apikey/username" },
    { key: "zot-ci-apikey/password" },
  ]);
});

test.each([
  [1, "1m0s"],
  [60, "1h0m0s"],
  [90, "1h30m0s"],
  [1441, "24h1m0s"],
])("%i minutes are %s, as Go writes it", (refreshMinutes, written) => {
  expect(externalSecretSpec({ ...args, refreshMinutes }).refreshInterval).toBe(written);
});

test("a registry's port is part of what clients look it up by", () => {
  const parsed = JSON.parse(
    renderDockerConfig("https://registry.example.org:8443", "ci", "k:e/y"),
  ) as unknown;
  expect(parsed).toEqual({
    auths: {
      "registry.example.org:8443": {
        username: "ci",
        password: "k:e/y",
        auth: Buffer.from("ci:k:e/y").toString("base64"),
      },
    },
  });
});
