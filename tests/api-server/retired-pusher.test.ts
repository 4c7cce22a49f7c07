import { mkdir, readFile, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { CV, itemTitle, keyIn } from "../../rehearsal/mission/identities";
import type { Pulumi } from "../../rehearsal/mission/pulumi";
import { prepareStack } from "../../rehearsal/mission/stack";
import { stackFile } from "../../rehearsal/mission/stack-file";
import { startWorld, type World } from "../../rehearsal/mission/world";
import { clusterToolPath } from "../../tools/setup/cluster-tools";
import { ownRehearsal } from "../engine/support/own-rehearsal";
import { type ApiServer, OPERATOR, startApiServer } from "./api-server";
import { failing } from "./failing";

/*
 * The whole program with the real engine, the real Kubernetes provider and a real API server: a pusher is retired while the cluster
 * that has its key is away. The tests are one story and run in their order.
 */
const CONTEXT = "k3s";
const AWAY = "https://127.0.0.1:1";
const SECRET = "/api/v1/namespaces/builders/secrets/zot-push";
const own = ownRehearsal();
let world: World;
let pulumi: Pulumi;
let server: ApiServer;
/** The settings with the pusher and its cluster. */
let settings: string;
let key: string;

beforeAll(async () => {
  await own.begin(async () => {
    await mkdir(join(own.folder, "tmp"));
    world = await startWorld(own.folder, { cleanUp: own.cleanUp, keepsPlugins: true });
    server = await startApiServer(join(own.folder, "cluster"));
    own.cleanUp(() => server.stop());
    const plugin = join(own.folder, "pulumi-home/plugins/resource-kubernetes-v4.25.0");
    await mkdir(plugin, { recursive: true });
    await symlink(clusterToolPath("pulumi-resource-kubernetes"), join(plugin, "pulumi-resource-kubernetes"));
    const kubeconfig = { KUBECONFIG: kubeconfigFile(), HTTPS_PROXY: "", https_proxy: "" };
    const inCluster = { ...world, environment: { ...world.environment, ...kubeconfig } };
    pulumi = await prepareStack(own, inCluster, world, "rehearsal");
    own.cleanUp(() => pulumi.end());
    const committed = await readFile(pulumi.configFile, "utf8");
    settings = stackFile(committed, {
      "zot-access:clusters": [
        { context: CONTEXT, namespaces: ["builders"], secretName: "zot-push", pusher: CV.name },
      ],
    });
    await writeFile(pulumi.configFile, settings);
    await clusterIs("there");
    await grantBuilders();
    await pulumi.up();
    key = keyIn(world, itemTitle(CV));
  });
});

const kubeconfigFile = () => join(own.folder, "kubeconfig");

async function clusterIs(where: "there" | "away" | "unknown"): Promise<void> {
  const here = where === "there" ? [CONTEXT] : [];
  await server.kubeconfig(kubeconfigFile(), here, where === "away" ? { [CONTEXT]: AWAY } : {});
}

async function grantBuilders(): Promise<void> {
  const rights = "/apis/rbac.authorization.k8s.io/v1/namespaces/builders";
  const metadata = { name: "zot-access" };
  const apiGroup = "rbac.authorization.k8s.io";
  const objects: [path: string, object: object][] = [
    ["/api/v1/namespaces", { metadata: { name: "builders" } }],
    [`${rights}/roles`, { metadata, rules: [{ apiGroups: [""], resources: ["secrets"], verbs: ["*"] }] }],
    [
      `${rights}/rolebindings`,
      {
        metadata,
        roleRef: { apiGroup, kind: "Role", name: metadata.name },
        subjects: [{ apiGroup, kind: "User", name: OPERATOR }],
      },
    ],
  ];
  for (const [path, object] of objects) {
    const { status } = await server.ask("POST", path, object);
    if (status !== 201) throw new Error(`POST ${path} answered ${status}`);
  }
}

/** Takes the pusher out of the settings, with everything that names it. */
async function retire(): Promise<void> {
  await writeFile(
    pulumi.configFile,
    stackFile(settings, {
      "zot-access:clusters": null,
      "zot-access:pushers": { [CV.name]: null },
      "zot-access:forgejo": {
        repositories: [
          { name: "blumeops", secrets: { ZOT_CI_API_KEY: "key:zot-ci" } },
          { name: "cv", secrets: { FORGE_TOKEN: "op://rehearsal/forgejo/api-token" } },
        ],
      },
    }),
  );
}

async function statusWithKey(): Promise<number> {
  const authorization = `Basic ${Buffer.from(`${CV.name}:${key}`).toString("base64")}`;
  return (await fetch(`${world.host.registryUrl}/v2/`, { headers: { authorization } })).status;
}

/** What is left of the pusher outside of the cluster. */
function left(): string[] {
  const { groups, tokens, users } = world.standIns?.authentik.state ?? {};
  const items = world.onepassword.itemsOf("rehearsal").map(({ title }) => title);
  return [
    ...items.filter((title) => title === itemTitle(CV)),
    ...[...(users?.values() ?? [])].map(({ username }) => username).filter((name) => name === CV.name),
    ...[...(tokens?.values() ?? [])].flatMap(({ identifier }) =>
      identifier.startsWith(CV.name) ? ["token"] : [],
    ),
    ...[...(groups?.values() ?? [])].flatMap(({ name }) => (name === CV.group ? ["group"] : [])),
    ...("CV_CI_API_KEY" in (world.standIns?.forgejo.secretsOf("cv") ?? {}) ? ["Actions secret"] : []),
  ];
}

test("the preview of a retirement says which cluster is away, and what that means", async () => {
  await retire();
  await clusterIs("away");
  const from = own.output.length;
  await pulumi.preview();
  const said = own.output.slice(from);
  expect(said).toContain(
    `the cluster of context ${CONTEXT}, which the settings no longer name, cannot be reached`,
  );
  expect(said).toContain(`${AWAY}: ECONNREFUSED`);
  expect(said).toContain("PULUMI_K8S_DELETE_UNREACHABLE=true pulumi up");
});

test.each(["away", "unknown"] as const)(
  "while its cluster is %s the update fails there: the key, its item and its account stay, without a way into CI",
  async (where) => {
    await clusterIs(where);
    const said = await failing(pulumi.up());
    expect(said).toMatch(/cluster-credentials-k3s\/builders\/zot-push[^]*cluster is unreachable/);
    expect(await statusWithKey()).toBe(200);
    expect(left()).toEqual([itemTitle(CV), CV.name, "token", "group"]);
    expect((await server.ask("GET", SECRET)).status).toBe(200);
  },
);

test("with --continue-on-error the key outlives what has it, too", async () => {
  const said = await failing(pulumi.up("--continue-on-error"));
  expect(said).toMatch(/cluster is unreachable/);
  expect(await statusWithKey()).toBe(200);
  expect(left()).toEqual(expect.arrayContaining([itemTitle(CV), CV.name]));
});

test("the next update that reaches the cluster takes the Secret away, and then everything of the pusher", async () => {
  await clusterIs("there");
  await pulumi.up();
  expect((await server.ask("GET", SECRET)).status).toBe(404);
  expect(await statusWithKey()).toBe(401);
  expect(left()).toEqual([]);
  expect(await pulumi.previewWithoutChanges()).toMatchObject({ create: 0, update: 0, replace: 0, delete: 0 });
});

test("a cluster that is gone for good is forgotten with the provider's own switch, and the key is revoked", async () => {
  await writeFile(pulumi.configFile, settings);
  await pulumi.up();
  key = keyIn(world, itemTitle(CV));
  await retire();
  await clusterIs("away");
  process.env["PULUMI_K8S_DELETE_UNREACHABLE"] = "true";
  try {
    await pulumi.up();
  } finally {
    delete process.env["PULUMI_K8S_DELETE_UNREACHABLE"];
  }
  expect(await statusWithKey()).toBe(401);
  expect(left()).toEqual([]);
});
