import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type AddressInfo, type Server } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as pulumi from "@pulumi/pulumi";
import { observeClusters } from "../../components/observe-clusters";

const warnings: string[] = [];
let folder: string;
let listening: Server;
let env: NodeJS.ProcessEnv;
let closedUrl: string;

async function listen(): Promise<Server> {
  const server = createServer((socket) => socket.destroy()).listen(0, "127.0.0.1");
  await once(server, "listening");
  return server;
}

const urlOf = (server: Server) => `https://127.0.0.1:${(server.address() as AddressInfo).port}`;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "clusters-"));
  listening = await listen();
  const closed = await listen();
  closedUrl = urlOf(closed);
  closed.close();
  await once(closed, "close");
  const servers = { on: urlOf(listening), off: closedUrl };
  const file = join(folder, "config");
  writeFileSync(
    file,
    JSON.stringify({
      clusters: Object.entries(servers).map(([name, server]) => ({ name, cluster: { server } })),
      contexts: Object.keys(servers).map((name) => ({ name, context: { cluster: name } })),
    }),
  );
  env = { KUBECONFIG: file };
});
afterAll(() => {
  listening.close();
  rmSync(folder, { recursive: true });
});
beforeEach(() => {
  warnings.length = 0;
  jest.spyOn(pulumi.log, "warn").mockImplementation((message) => {
    warnings.push(message);
    return Promise.resolve();
  });
});
afterEach(() => jest.restoreAllMocks());

test("a context that the kubeconfig lacks is an error that names those there are", async () => {
  await expect(observeClusters(["on", "k3s", "on"], env)).rejects.toThrow(
    `the kubeconfig (${join(folder, "config")}) has no context k3s; there are on, off. Nothing was changed`,
  );
});

test("without a kubeconfig, every context is such an error", async () => {
  await expect(observeClusters(["k3s"], { KUBECONFIG: join(folder, "none") })).rejects.toThrow(
    "has no context k3s; there is none at all",
  );
});

test("a cluster that does not answer is a warning with its context", async () => {
  expect(await observeClusters(["on", "off"], env)).toEqual(new Set(["off"]));
  expect(warnings).toEqual([
    expect.stringContaining(`the cluster of context off cannot be reached (${closedUrl}: ECONNREFUSED)`),
  ]);
});

test("a cluster that the settings no longer name is told of where it cannot be reached, and stops nothing", async () => {
  expect(await observeClusters([], env, ["on"])).toEqual(new Set());
  expect(await observeClusters(["on"], env, ["on", "off", "unknown"])).toEqual(new Set());
  expect(warnings).toEqual([
    expect.stringMatching(
      `context off, which the settings no longer name, .*${closedUrl}: ECONNREFUSED.*PULUMI_K8S_DELETE_UNREACHABLE=true`,
    ),
    expect.stringContaining("has no such context"),
  ]);
});

test("behind a proxy the check is skipped", async () => {
  expect(await observeClusters(["off"], { ...env, HTTPS_PROXY: "http://proxy:3128" })).toEqual(new Set());
});

test("without clusters nothing is read, not even the kubeconfig", async () => {
  const broken = join(folder, "broken");
  writeFileSync(broken, "contexts: 7");
  expect(await observeClusters([], { KUBECONFIG: broken })).toEqual(new Set());
});

test.each([
  ["http://cluster.example.org:8080", "http://cluster.example.org:8080"],
  // As clients read it.
  ["cluster.example.org:8080", "http://cluster.example.org:8080"],
])(
  "a cluster whose API server is asked by plain http off loopback is refused by name: %s",
  async (server, asked) => {
    const file = join(folder, "in-clear");
    writeFileSync(
      file,
      JSON.stringify({
        clusters: [{ name: "c", cluster: { server } }],
        contexts: [{ name: "bare", context: { cluster: "c" } }],
      }),
    );
    // A proxy, so that nobody is asked.
    const environment = { KUBECONFIG: file, HTTPS_PROXY: "http://127.0.0.1:9" };
    await expect(observeClusters(["bare"], environment)).rejects.toThrow(
      `context bare, ${asked}, is plain http`,
    );
  },
);
