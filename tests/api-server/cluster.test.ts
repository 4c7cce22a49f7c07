import { mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { parse } from "yaml";
import { Pulumi } from "../../rehearsal/mission/pulumi";
import { stackFile } from "../../rehearsal/mission/stack-file";
import { until } from "../../rehearsal/host/until";
import { clusterToolPath } from "../../tools/setup/cluster-tools";
import { OPERATOR, startApiServer, type Answer, type ApiServer, type KubeObject } from "./api-server";
import { externalSecretsCrd } from "./external-secrets-crd";
import { failing } from "./failing";
import { startOperator } from "./operator";

/*
 * components/cluster-credentials.ts with the real engine, the real Kubernetes provider, and a real API server with its etcd.
 * The tests are one story and run in their order.
 */
const project = dirname(dirname(__dirname));
const STORE = "blumeops";
const written = { context: "k3s", namespace: "builders", secretName: "zot-push" };
const synced = {
  ...written,
  namespace: "ci",
  externalSecret: {
    store: STORE,
    storeKind: "ClusterSecretStore",
    storeProvider: "onepassword",
    refreshMinutes: 60,
  },
};
const off = { ...written, context: "switched-off" };
const keys = [
  "zak_first-key-of-the-test",
  "zak_second-key-of-the-test",
  "zak_third-key-of-the-test",
] as const;
const item: Record<string, string> = { username: "zot-ci" };

let folder: string;
let server: ApiServer;
let pulumi: Pulumi;
let output = "";
const running: { stop(): Promise<void> }[] = [];

beforeAll(async () => {
  await mkdir(join(project, ".rehearsal"), { recursive: true });
  folder = await mkdtemp(join(project, ".rehearsal", "cluster-"));
  const kubeconfig = join(folder, "kubeconfig");
  pulumi = new Pulumi({
    project: join(__dirname, "program"),
    folder,
    stack: "rehearsal",
    // A proxy between here and the test's own server is none of the test's business.
    environment: { KUBECONFIG: kubeconfig, HTTPS_PROXY: "", https_proxy: "" },
    write: (text) => (output += text),
  });
  await install();
  server = await startApiServer(join(folder, "cluster"));
  running.push(server);
  await server.kubeconfig(kubeconfig, ["k3s"], { "switched-off": "https://127.0.0.1:1" });
  await make("/apis/apiextensions.k8s.io/v1/customresourcedefinitions", externalSecretsCrd);
  for (const name of ["builders", "ci"]) await make("/api/v1/namespaces", { metadata: { name } });
  for (const [path, object] of await documentedRights()) await make(path, object);
  await until(
    "the API server serves ExternalSecrets",
    async () => (await server.ask("GET", pathOf(synced, "externalsecrets"))).status === 200,
  );
  running.push(startOperator(server, "ci", STORE, { "zot-ci-apikey": item }));
});

afterAll(async () => {
  for (const part of running.reverse()) await part.stop();
  await rm(folder, { recursive: true, force: true });
});

/** The Pulumi home with the provider, and the stack. */
async function install(): Promise<void> {
  const plugin = join(folder, "pulumi-home", "plugins", "resource-kubernetes-v4.25.0");
  await mkdir(plugin, { recursive: true });
  await mkdir(join(folder, "state"));
  await symlink(clusterToolPath("pulumi-resource-kubernetes"), join(plugin, "pulumi-resource-kubernetes"));
  await pulumi.init().catch((error: unknown) => {
    throw new Error(`${String(error)}\n${output}`, { cause: error });
  });
}

/** The roles that the documentation tells to give, bound to the kubeconfig's user in both namespaces. */
async function documentedRights(): Promise<[string, object][]> {
  const text = await readFile(join(project, "docs", "in-cluster-builders.md"), "utf8");
  const [, block = ""] = /```yaml\n(kind: Role\n[^]*?)```/.exec(text) ?? [];
  const role = parse(block) as object;
  const rbac = "/apis/rbac.authorization.k8s.io/v1/namespaces";
  return ["builders", "ci"].flatMap((namespace): [string, object][] => [
    [`${rbac}/${namespace}/roles`, { ...role, metadata: { name: "zot-access" } }],
    [
      `${rbac}/${namespace}/rolebindings`,
      {
        metadata: { name: "zot-access" },
        roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "Role", name: "zot-access" },
        subjects: [{ apiGroup: "rbac.authorization.k8s.io", kind: "User", name: OPERATOR }],
      },
    ],
  ]);
}

async function make(path: string, object: object): Promise<void> {
  const { status, body } = await server.ask("POST", path, object);
  if (status !== 201) throw new Error(`POST ${path} answered ${status}: ${JSON.stringify(body)}`);
}

function pathOf(
  { namespace }: { namespace: string },
  kind: "secrets" | "externalsecrets",
  name = "",
): string {
  const group = kind === "secrets" ? "/api/v1" : "/apis/external-secrets.io/v1";
  return `${group}/namespaces/${namespace}/${kind}${name && `/${name}`}`;
}

function secretIn(namespace: string): Promise<Answer> {
  return server.ask("GET", pathOf({ namespace }, "secrets", "zot-push"));
}

/** The password for the registry that a builder would find in a Secret. */
function passwordIn({ data }: KubeObject): string {
  const text = Buffer.from(data?.[".dockerconfigjson"] ?? "", "base64").toString();
  const { auths } = JSON.parse(text) as { auths: Record<string, { password: string; auth: string }> };
  const { password = "", auth = "" } = auths["registry.example.org"] ?? {};
  expect(Buffer.from(auth, "base64").toString()).toBe(`zot-ci:${password}`);
  return password;
}

function idOf(key: string): string {
  return `id-${keys.findIndex((each) => each === key)}`;
}

/** The settings from now on; 1Password holds the same key. */
async function settings(key: string, places: object[], more: object = {}): Promise<void> {
  item["password"] = key;
  const keyFile = join(folder, "key");
  await writeFile(keyFile, key);
  const before = await readFile(pulumi.configFile, "utf8");
  const values = { keyFile, keyId: idOf(key), places, registryUrl: "https://registry.example.org", ...more };
  const config = Object.entries(values).map(([name, value]) => [`zot-access:${name}`, value]);
  await writeFile(
    pulumi.configFile,
    stackFile(before, Object.fromEntries(config) as object as Record<string, unknown>),
  );
}

test("both forms give the builders a credential, with its owner on it", async () => {
  await settings(keys[0], [written, synced]);
  await pulumi.up();
  for (const namespace of ["builders", "ci"]) {
    const { body } = await secretIn(namespace);
    expect(body.type).toBe("kubernetes.io/dockerconfigjson");
    expect(body.metadata).toMatchObject({
      labels: { "app.kubernetes.io/managed-by": "zot-access" },
      annotations: { "zot-access/stack": "rehearsal" },
    });
    expect(passwordIn(body)).toBe(keys[0]);
  }
  const { body } = await secretIn("builders");
  expect(body.metadata.managedFields).toEqual([
    expect.objectContaining({ manager: "zot-access-rehearsal", operation: "Apply" }),
  ]);
});

test("a renewed key is written, and fields that others manage stay", async () => {
  const path = pathOf(written, "secrets", "zot-push");
  const { status } = await server.ask(
    "PATCH",
    `${path}?fieldManager=somebody`,
    {
      apiVersion: "v1",
      kind: "Secret",
      metadata: { name: "zot-push", labels: { team: "builders" }, annotations: { note: "keep" } },
      data: { notes: "a2VlcA==" },
    },
    "application/apply-patch+yaml",
  );
  expect(status).toBe(200);
  const { body: before } = await secretIn("builders");

  await settings(keys[1], [written, synced]);
  expect(await pulumi.up()).toMatchObject({ create: 0, update: 2, replace: 0, delete: 0 });
  const { body: after } = await secretIn("builders");
  expect(passwordIn(after)).toBe(keys[1]);
  expect(after.metadata).toMatchObject({
    uid: before.metadata.uid,
    labels: { team: "builders" },
    annotations: { note: "keep", "zot-access/key-id": idOf(keys[1]) },
  });
  expect(after.data).toMatchObject({ notes: "a2VlcA==" });
  // Long before its interval is over: the ExternalSecret says that there is another key.
  await until(
    "the operator reads the new key",
    async () => passwordIn((await secretIn("ci")).body) === keys[1],
  );
});

test("a preview that reads the cluster again finds nothing to do", async () => {
  await pulumi.refreshedPreviewWithoutChanges();
});

test("what was edited or deleted by hand shows in a refreshed preview, and the next update puts it right", async () => {
  await server.ask(
    "PATCH",
    `${pathOf(written, "secrets", "zot-push")}?fieldManager=kubectl-edit`,
    { data: { ".dockerconfigjson": Buffer.from('{"auths":{}}').toString("base64") } },
    "application/merge-patch+json",
  );
  await server.ask("DELETE", pathOf(synced, "externalsecrets", "zot-push"));
  expect(await pulumi.preview("--refresh")).toMatchObject({ create: 1, update: 1, replace: 0, delete: 0 });
  expect(await pulumi.up("--refresh")).toMatchObject({ create: 1, update: 1, replace: 0, delete: 0 });
  expect(passwordIn((await secretIn("builders")).body)).toBe(keys[1]);
  expect((await server.ask("GET", pathOf(synced, "externalsecrets", "zot-push"))).status).toBe(200);
});

test("a cluster that is down fails alone, is named, and keeps the old key from being revoked", async () => {
  await settings(keys[2], [off, written, synced], { retire: true });
  const said = await failing(pulumi.up());
  expect(said).toContain(
    "the cluster of context switched-off cannot be reached (https://127.0.0.1:1: ECONNREFUSED)",
  );
  expect(said).toMatch(/cluster-credentials-switched-off\/builders\/zot-push[^]*cluster is unreachable/);
  expect(passwordIn((await secretIn("builders")).body)).toBe(keys[2]);
  await until(
    "the operator reads the new key",
    async () => passwordIn((await secretIn("ci")).body) === keys[2],
  );
  expect(said).not.toContain("old-keys-zot-ci-retired");
});

test("the same holds with --continue-on-error", async () => {
  const said = await failing(pulumi.up("--continue-on-error"));
  expect(said).toMatch(/cluster-credentials-switched-off\/builders\/zot-push[^]*cluster is unreachable/);
  expect(said).not.toContain("old-keys-zot-ci-retired");
});

test("a missing namespace is named, with the cluster's context", async () => {
  await settings(keys[2], [{ ...written, namespace: "no-such-namespace" }, written, synced]);
  const said = await failing(pulumi.up());
  expect(said).toMatch(
    /cluster-credentials-k3s\/no-such-namespace\/zot-push[^]*namespace "no-such-namespace"/,
  );
});

test("no key is in the state, the output or a file that Pulumi wrote", async () => {
  const state = await pulumi.exportState();
  const { body } = await secretIn("builders");
  const secrets = [
    ...keys,
    ...keys.map((key) => Buffer.from(`zot-ci:${key}`).toString("base64")),
    body.data?.[".dockerconfigjson"] ?? "",
  ];
  const files = await readdir(join(folder, "state"), { recursive: true, withFileTypes: true });
  const written = files.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  expect(written.length).toBeGreaterThan(1);
  const texts = [state, output, ...(await Promise.all(written.map((file) => readFile(file, "utf8"))))];
  const leaked = secrets.filter((secret) => texts.some((text) => text.includes(secret)));
  expect(leaked).toEqual([]);
});

test("a destroy deletes what this stack made, and nothing else", async () => {
  await make(pathOf(written, "secrets"), { metadata: { name: "theirs" }, type: "Opaque" });
  await pulumi.destroy();
  expect((await secretIn("builders")).status).toBe(404);
  expect((await server.ask("GET", pathOf(synced, "externalsecrets", "zot-push"))).status).toBe(404);
  expect((await server.ask("GET", pathOf(written, "secrets", "theirs"))).status).toBe(200);
});
