import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { kubeconfigFiles, readContexts } from "../../../systems/kubernetes/kubeconfig";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "kubeconfig-"));
});
afterEach(() => {
  rmSync(folder, { recursive: true });
});

function file(name: string, text: string): string {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
}

/** A kubeconfig with these contexts, each with a cluster of its own. */
function kubeconfig(name: string, servers: Record<string, string>): string {
  return file(
    name,
    JSON.stringify({
      clusters: Object.entries(servers).map(([context, server]) => ({
        name: `${context}-cluster`,
        cluster: { server },
      })),
      contexts: Object.keys(servers).map((context) => ({
        name: context,
        context: { cluster: `${context}-cluster`, user: "operator" },
      })),
    }),
  );
}

describe("the files", () => {
  test("are the files of KUBECONFIG, in its order", () => {
    expect(kubeconfigFiles({ KUBECONFIG: ["/a", "", "/b"].join(delimiter), HOME: "/home/ada" })).toEqual([
      "/a",
      "/b",
    ]);
  });

  test.each([undefined, ""])("are the one in the home where KUBECONFIG is %j", (value) => {
    expect(kubeconfigFiles({ KUBECONFIG: value, HOME: "/home/ada" })).toEqual(["/home/ada/.kube/config"]);
  });
});

describe("the contexts", () => {
  test.each([
    [{}, {}, "http://10.0.0.7:8080"],
    [{ "certificate-authority": "/ca.pem" }, {}, "https://10.0.0.7:8080"],
    [{ "insecure-skip-tls-verify": true }, {}, "https://10.0.0.7:8080"],
    [{ "certificate-authority-data": "" }, { "client-certificate-data": "eA==" }, "https://10.0.0.7:8080"],
  ])("an address without a scheme is what clients make of it: %j, %j", (cluster, user, server) => {
    const path = file(
      "bare",
      JSON.stringify({
        clusters: [{ name: "c", cluster: { server: "10.0.0.7:8080", ...cluster } }],
        users: [{ name: "u", user }, { name: "other" }],
        contexts: [{ name: "k3s", context: { cluster: "c", user: "u" } }],
      }),
    );
    expect(readContexts([path]).get("k3s")?.server).toBe(server);
  });

  test("of several files come together, the first of a name winning, and files that are not there do not count", () => {
    const contexts = readContexts([
      join(folder, "missing"),
      kubeconfig("one", { k3s: "https://one:6443" }),
      kubeconfig("two", { k3s: "https://two:6443", minikube: "https://two:8443" }),
    ]);
    expect([...contexts].map(([name, { server }]) => [name, server])).toEqual(
      expect.arrayContaining([
        ["k3s", "https://one:6443"],
        ["minikube", "https://two:8443"],
      ]),
    );
    expect(contexts.size).toBe(2);
  });

  test("may lead to a cluster of another file", () => {
    const context = file("context", "contexts: [{ name: k3s, context: { cluster: c } }]\nclusters: null\n");
    const cluster = file(
      "cluster",
      'clusters: [{ name: c, cluster: { server: "https://one:6443", proxy-url: "http://p" } }]',
    );
    expect(readContexts([context, cluster]).get("k3s")).toEqual({
      server: "https://one:6443",
      proxied: true,
    });
  });

  test("of a cluster that nobody describes are none", () => {
    expect(readContexts([file("context", "contexts: [{ name: k3s, context: { cluster: c } }]")]).size).toBe(
      0,
    );
  });

  test("of an empty file are none", () => {
    expect(readContexts([file("empty", "")]).size).toBe(0);
  });
});

test.each([
  ["broken YAML", "users:\n  - token: hunter2-hunter2\n  bad: [\n"],
  ["other YAML", "contexts: hunter2-hunter2"],
])("a file of %s is named, and nothing of what it holds is said", (_what, text) => {
  const path = file("config", text);
  const read = () => readContexts([path]);
  expect(read).toThrow(`${path} is not a kubeconfig`);
  expect(read).not.toThrow("hunter2");
});
