import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { clusterToolPath, clusterTools, ensureClusterTools } from "../../../tools/setup/cluster-tools";
import { SetupError } from "../../../tools/setup/progress";

const root = join(__dirname, "../../..");
const environment = { ...process.env };
let folder: string;
let said: string[];
const progress = { say: (line: string) => void said.push(line) };

/** Stands for the compiler: notes what it is asked to build, and makes it unless that is what FAILS names. */
const fakeGo = `#!/bin/sh
while [ "$1" != -o ]; do shift; done
echo "$(basename "$2")" >>"$CALLS"
[ "$(basename "$2")" != "$FAILS" ] || { echo "undefined: everything"; exit 1; }
mkdir -p "$(dirname "$2")"
printf '#!/bin/sh\\n' >"$2"
chmod +x "$2"
`;

beforeEach(() => {
  said = [];
  folder = mkdtempSync(join(tmpdir(), "cluster-tools-"));
  mkdirSync(join(folder, "bin"));
  writeFileSync(join(folder, "bin", "go"), fakeGo);
  chmodSync(join(folder, "bin", "go"), 0o755);
  process.env.PATH = `${join(folder, "bin")}:${environment.PATH ?? ""}`;
  process.env.PULUMI_HOME = join(folder, "home");
  process.env.CALLS = join(folder, "calls");
});
afterEach(() => {
  process.env = { ...environment };
  rmSync(folder, { recursive: true });
});

const built = () => readFileSync(join(folder, "calls"), "utf8").trim().split("\n");
const isThere = (name: string) => existsSync(clusterToolPath(name));
const names = clusterTools.map(({ name }) => name);

test("missing tools are built, and existing ones are kept", async () => {
  await ensureClusterTools(root, progress);
  expect(names.map(isThere)).toEqual(names.map(() => true));
  rmSync(clusterToolPath("etcd"));
  await ensureClusterTools(root, progress);
  expect(built()).toEqual([...names, "etcd"]);
  await ensureClusterTools(root, progress);
  expect(built()).toHaveLength(names.length + 1);
});

test("a build that fails says what to do, and keeps what was built before it", async () => {
  process.env.FAILS = "kube-apiserver";
  const failure = await ensureClusterTools(root, progress).catch((error: unknown) => error);
  expect(failure).toBeInstanceOf(SetupError);
  expect((failure as Error).message).toMatch(
    /kube-apiserver failed[^]*undefined: everything[^]*Next: .*npm run test:cluster/,
  );
  expect(names.map(isThere)).toEqual([true, false, false]);
  // Neither a lock nor half a program stays behind.
  expect(readdirSync(dirname(clusterToolPath("etcd")))).toEqual(["etcd-3.7.3"]);
});

test("two at once build once", async () => {
  await Promise.all([ensureClusterTools(root, progress), ensureClusterTools(root, progress)]);
  expect(built()).toEqual(names);
  expect(said.join("\n")).toContain("cluster test: waiting for the set-up in process");
});

test("the versions are those of the modules, and the provider's that of its SDK", () => {
  const module = (name: string) => readFileSync(join(root, "tools/setup", name, "go.mod"), "utf8");
  const versionOf = (name: string) => clusterTools.find((tool) => tool.name === name)?.version ?? "";
  expect(module("kubernetes-cluster")).toContain(`k8s.io/kubernetes v${versionOf("kube-apiserver")}\n`);
  expect(module("kubernetes-cluster")).toContain(`go.etcd.io/etcd/server/v3 v${versionOf("etcd")}\n`);
  const { dependencies } = JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as {
    dependencies: Record<string, string>;
  };
  expect(versionOf("pulumi-resource-kubernetes")).toBe(dependencies["@pulumi/kubernetes"]);
  const main = readFileSync(join(root, "tools/setup/pulumi-resource-kubernetes/main.go"), "utf8");
  expect(main).toContain(`"${versionOf("pulumi-resource-kubernetes")}"`);
});
