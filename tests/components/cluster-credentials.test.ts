import * as pulumi from "@pulumi/pulumi";
import type { ClusterCredentials as Component, ClusterPlace } from "../../components/cluster-credentials";
import { World } from "./world";

const store = {
  store: "blumeops",
  storeKind: "ClusterSecretStore",
  storeProvider: "onepassword",
  refreshMinutes: 60,
} as const;
const world = new World();

type Place = Omit<ClusterPlace, "pusher" | "itemTitle">;

async function declare(places: readonly Place[], unreachable: string[] = []): Promise<void> {
  world.resources.length = 0;
  await pulumi.runtime.setMocks(world, "zot-access", "indri", false);
  await pulumi.runtime.runInPulumiStack(() => {
    const { ClusterCredentials } = jest.requireActual<{ ClusterCredentials: typeof Component }>(
      "../../components/cluster-credentials",
    );
    new ClusterCredentials("cluster-credentials", {
      registryUrl: "https://registry.example.org",
      keys: new Map([["zot-ci", { username: "zot-ci", key: pulumi.secret("zak_value"), keyId: "key-1" }]]),
      places: places.map((place) => ({ ...place, pusher: "zot-ci", itemTitle: "zot-ci-apikey" })),
      unreachable: new Set(unreachable),
    });
    return Promise.resolve({});
  });
  await pulumi.runtime.disconnect();
}

const labels = {
  "app.kubernetes.io/managed-by": "zot-access",
  "app.kubernetes.io/component": "push-credential",
};
const annotations = {
  "zot-access/stack": "indri",
  "zot-access/key-id": "key-1",
  "pulumi.com/patchFieldManager": "zot-access-indri",
  "pulumi.com/patchForce": "true",
  "pulumi.com/deletionPropagationPolicy": "background",
};

test("a Secret has the form that Docker reads, and a label with its owner", async () => {
  await declare([{ context: "k3s", namespace: "builders", secretName: "zot-push" }]);
  const { data, ...secret } = world.of("cluster-credentials-k3s/builders/zot-push");
  expect(secret).toEqual({
    apiVersion: "v1",
    kind: "Secret",
    type: "kubernetes.io/dockerconfigjson",
    metadata: { namespace: "builders", name: "zot-push", labels, annotations },
  });
  const encoded = (data as Record<string, string>)[".dockerconfigjson"] ?? "";
  expect(JSON.parse(Buffer.from(encoded, "base64").toString())).toEqual({
    auths: {
      "registry.example.org": {
        username: "zot-ci",
        password: "zak_value",
        auth: Buffer.from("zot-ci:zak_value").toString("base64"),
      },
    },
  });
});

test("an ExternalSecret names the item, and is waited for until the operator has written the Secret", async () => {
  await declare([{ context: "k3s", namespace: "builders", secretName: "zot-push", externalSecret: store }]);
  const declared = world.of("cluster-credentials-k3s/builders/zot-push");
  expect(declared).toMatchObject({
    apiVersion: "external-secrets.io/v1",
    kind: "ExternalSecret",
    metadata: {
      namespace: "builders",
      name: "zot-push",
      labels,
      annotations: { ...annotations, "pulumi.com/waitFor": "condition=Ready" },
    },
    spec: {
      secretStoreRef: { name: "blumeops", kind: "ClusterSecretStore" },
      target: {
        name: "zot-push",
        template: { metadata: { labels, annotations: { "zot-access/stack": "indri" } } },
      },
    },
  });
  expect(JSON.stringify(declared)).not.toContain("zak_value");
});

test("each context has one provider, which changes Secrets in place and keeps no kubeconfig", async () => {
  await declare([
    { context: "k3s", namespace: "builders", secretName: "zot-push" },
    { context: "minikube", namespace: "builders", secretName: "zot-push" },
    { context: "k3s", namespace: "ci", secretName: "zot-push" },
  ]);
  const providers = world.resources.filter(({ type }) => type === "pulumi:providers:kubernetes");
  expect(providers.map(({ inputs }) => inputs)).toEqual(
    ["k3s", "minikube"].map((context) => ({
      context,
      kubeconfig: "",
      enableServerSideApply: "true",
      enableSecretMutable: "true",
      skipUpdateUnreachable: "false",
      kubeClientSettings: JSON.stringify({ timeout: 10 }),
    })),
  );
  expect(world.names()).toEqual(
    expect.arrayContaining([
      "cluster-credentials-k3s/builders/zot-push",
      "cluster-credentials-k3s/ci/zot-push",
      "cluster-credentials-minikube/builders/zot-push",
    ]),
  );
});

test("names that differ only by a hyphen's place stay different", async () => {
  await declare([
    { context: "k3s", namespace: "a-b", secretName: "c" },
    { context: "k3s", namespace: "a", secretName: "b-c" },
  ]);
  const names = world.resources.filter(({ type }) => type.endsWith(":Secret")).map(({ name }) => name);
  expect(new Set(names).size).toBe(2);
});

test("the cluster that does not answer comes after all that do", async () => {
  await declare(
    ["off", "k3s", "minikube"].map((context) => ({ context, namespace: "ci", secretName: "zot-push" })),
    ["off"],
  );
  expect(
    world
      .names()
      .filter((name) => name.includes("/"))
      .at(-1),
  ).toBe("cluster-credentials-off/ci/zot-push");
  expect(world.names().indexOf("cluster-credentials-off")).toBeGreaterThan(
    world.names().indexOf("cluster-credentials-minikube/ci/zot-push"),
  );
});

test("without clusters no provider is started", async () => {
  await declare([]);
  expect(world.names()).toEqual(expect.arrayContaining(["cluster-credentials"]));
  expect(world.resources.filter(({ type }) => type.startsWith("pulumi:providers"))).toEqual([]);
});
