import { ask } from "../rehearsal/zot/client";
import { ciWorld } from "./support/ci-world";
import { type Built, layout } from "./support/images";
import { skopeoTest } from "./support/job";

/*
 * Dagger needs a container engine, which a test machine may lack: the dagger here is support/dagger.sh, which takes the same
 * arguments. What is tested is the script: what it asks, whom it gives the key, and what it makes of each outcome.
 */
const ci = ciWorld("dagger");
const it = ci.registry;

function run(build: Built, target: string, env: Readonly<Record<string, string>> = {}) {
  const args = [target, "core", "host", "directory", "--path", it.folder, "docker-build"];
  return ci.run("push-dagger.sh", args, { PUSH_ATTEMPTS: "2", FAKE_BUILD: build.source, ...env });
}

skopeoTest("builds and pushes, and does the same again without a complaint", async () => {
  const build = layout(it.folder, "built");
  const printed = `${new URL(it.url).host}/ci/built:1.0@${build.digest}\n`;
  expect(await run(build, "ci/built:1.0")).toMatchObject({ status: 0, stdout: printed, left: [] });
  const again = await run(build, "ci/built:1.0");
  expect(again).toMatchObject({ status: 0, stdout: printed });
  expect(again.stderr).toContain("is there already, with this digest");
});

skopeoTest("a tag with another digest is a failure that names both", async () => {
  const [before, other] = [layout(it.folder, "taken"), layout(it.folder, "another build")];
  await run(before, "ci/taken:1.0");
  const { status, stderr, left } = await run(other, "ci/taken:1.0");
  expect([status, left]).toEqual([1, []]);
  expect(stderr).toContain(`in the registry: ${before.digest}`);
  expect(stderr).toContain(`this build:      ${other.digest}`);
  const { headers } = await ask(`${it.url}/v2/ci/taken/manifests/1.0`);
  expect(headers.get("docker-content-digest")).toBe(before.digest);
});

skopeoTest.each([
  ["where CI may only read", "other/app:1.0", {}, /may not push to other\/app \(403\)/],
  ["with a dead key", "ci/app:1.0", { ZOT_CI_API_KEY: "zak_0123" }, /expired or was revoked/],
])("asks before it builds: %s", async (_, target, env, message) => {
  const { status, stderr } = await run({ source: "oci:/never-built", digest: "" }, target, env);
  expect(status).toBe(1);
  expect(stderr).toMatch(message);
  expect(stderr).not.toContain("never-built");
});

skopeoTest("a failed build is retried, and then reported", async () => {
  const { status, stderr, left } = await run({ source: "oci:/nowhere:v1", digest: "" }, "ci/app:1.0");
  expect([status, left]).toEqual([1, []]);
  expect(stderr).toContain("try 1 of 2 failed");
  expect(stderr).toContain("built and pushed in 2 tries; its reasons stand above");
});
