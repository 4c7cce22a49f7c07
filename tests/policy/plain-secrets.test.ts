import { externalSecretSpec } from "../../systems/kubernetes/external-secret";
import { Hidden, type Inputs } from "../../policy/declared";
import { PlainSecrets } from "../../policy/plain-secrets";
import { types } from "../../policy/types";

const judge = (...resources: [inputs: Inputs, type?: string][]) => {
  const secrets = new PlainSecrets();
  return resources.flatMap(([inputs, type = "some:thing:Else"], index) =>
    secrets.declare({ urn: `urn:${index}`, type, inputs }),
  );
};

test.each([
  ["a password", { password: "x" }],
  ["a token below a list", { providers: [{ apiToken: "x" }] }],
  ["a private key", { connection: { privateKey: "x" } }],
  ["an environment variable by its name", { stringData: { FORGE_TOKEN: "x" } }],
  ["a concealed field of 1Password", { fieldMap: { code: { type: "CONCEALED", value: "x" } } }],
])("stops %s in clear, and passes it wrapped, at any level", (_name, inputs: Inputs) => {
  const hide = (value: Inputs): Inputs =>
    Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, new Hidden(inner)]));
  expect(judge([inputs])).toEqual([expect.stringContaining("has a plain-text secret")]);
  expect(judge([hide(inputs)])).toEqual([]);
});

test.each([
  ["the value of an Actions secret", types.actionsSecret, "value"],
  ["a registry key", "zot-access:index:RetiredKeys", "key"],
  ["a script on standard input", types.command, "stdin"],
])("stops %s, which only its resource type marks as secret", (_name, type, input) => {
  expect(judge([{ [input]: "x" }, type])).toHaveLength(1);
  expect(judge([{ [input]: new Hidden("x") }, type])).toEqual([]);
  expect(judge([{ [input]: "x" }])).toEqual([]);
});

test("stops a Secret of Kubernetes in clear, and passes what asks the cluster to fetch one", () => {
  const data = { stringData: { ".dockerconfigjson": "{}" } };
  expect(judge([data, "kubernetes:core/v1:Secret"])).toHaveLength(1);
  const spec = externalSecretSpec({
    registryUrl: "https://registry.example.org",
    itemTitle: "zot-ci-apikey",
    secretName: "zot-push",
    metadata: { labels: {}, annotations: {} },
    store: "homelab",
    storeKind: "ClusterSecretStore",
    storeProvider: "onepassword",
    refreshMinutes: 60,
  });
  expect(judge([{ spec }, "kubernetes:external-secrets.io/v1:ExternalSecret"])).toEqual([]);
});

test("recognises keys and tokens by their form, wherever they stand", () => {
  for (const text of [
    `Authorization: Basic zot-ci:zak_${"0123456789abcdef".repeat(2)}`,
    "-----BEGIN OPENSSH PRIVATE KEY-----\nb3Bl",
    `ghp_${"a1B2".repeat(9)}`,
    `eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0.${"x".repeat(20)}`,
  ]) {
    expect(judge([{ description: text }])).toHaveLength(1);
  }
});

test("finds a value that is secret elsewhere, in either order, and names its place", () => {
  const secret = { password: new Hidden("correct-horse-battery") };
  const leak = { create: "echo correct-horse-battery" };
  for (const program of [
    [[secret], [leak]],
    [[leak], [secret]],
  ] as [Inputs][][]) {
    const [problem, ...more] = judge(...program);
    expect(problem).toContain("create");
    expect(problem).not.toContain("battery");
    expect(more).toEqual([]);
  }
});

test("passes what only looks like a secret's name, is empty, or is not known yet", () => {
  const innocent: Inputs = {
    onepassword: "{}",
    secretName: "zot-push",
    passwordStage: "0b1c",
    includeClaimsInIdToken: true,
    accessTokenValidity: "minutes=10",
    password: undefined,
    token: "",
    intent: "app_password",
    fieldMap: { uuid: { type: "STRING", value: "id" } },
  };
  expect(judge([innocent], [{ owner: "artifact-workloads" }])).toEqual([]);
});

test("passes the plain names that stand beside a secret in a map that is hidden as a whole", () => {
  const identities = new Hidden([{ groups: ["artifact-workloads"], password: "correct-horse-battery" }]);
  const proof = "zot-access:index:AccessProof";
  expect(judge([{ identities }, proof], [{ name: "artifact-workloads" }])).toEqual([]);
  expect(judge([{ identities }, proof], [{ name: "correct-horse-battery" }])).toHaveLength(1);
});

test("does not treat sections of the stack's settings as secrets because of their names", () => {
  const settings = "pulumi:providers:zot-access";
  expect(judge([{ ciCredential: '{"lifetimeDays":30}' }, settings])).toEqual([]);
  expect(judge([{ ciCredential: '{"lifetimeDays":30}' }])).toHaveLength(1);
  expect(judge([{ host: "-----BEGIN OPENSSH PRIVATE KEY-----" }, settings])).toHaveLength(1);
});
