import { ask, image } from "../rehearsal/zot/client";
import { ciWorld } from "./support/ci-world";
import { layout } from "./support/images";
import { skopeoTest } from "./support/job";

const ci = ciWorld("cosign");
const it = ci.registry;

function sign(image: string, signature: string) {
  const args = [image, "--key", "env://COSIGN_PRIVATE_KEY", "--yes"];
  return ci.run("sign-cosign.sh", args, { FAKE_SIGNATURE: signature });
}

skopeoTest("signs with create alone, and leaves a signature that is there as it is", async () => {
  const { digest } = image("signed");
  const tag = `${digest.replace(":", "-")}.sig`;
  // As push-skopeo.sh prints it: with the registry and the tag.
  const printed = `${new URL(it.url).host}/ci/signed:1.0@${digest}`;
  const first = layout(it.folder, "signature");
  expect(await sign(printed, first.source)).toMatchObject({ status: 0, left: [] });
  const again = await sign(`ci/signed@${digest}`, layout(it.folder, "another signature").source);
  expect(again).toMatchObject({ status: 0, left: [] });
  expect(again.stderr).toContain("is signed already");
  const { headers } = await ask(`${it.url}/v2/ci/signed/manifests/${tag}`);
  expect(headers.get("docker-content-digest")).toBe(first.digest);
});

skopeoTest("a signature that could not be pushed is an error", async () => {
  const { status, stderr, left } = await sign(`ci/other@${image("other").digest}`, "oci:/nowhere:v1");
  expect([status, left]).toEqual([1, []]);
  expect(stderr).toContain("cosign did not sign");
});

test("a tag instead of a digest is refused: it may name another image by then", async () => {
  const { status, stderr } = await sign("ci/signed:1.0", "");
  expect([status, stderr]).toEqual([1, expect.stringContaining("is not REPOSITORY@sha256:DIGEST")]);
});
