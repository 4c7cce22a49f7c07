import { spawnSync } from "node:child_process";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { ask, image, OCI_MANIFEST, sha256, type Identity } from "./client";
import { identity, world } from "./world";

const isThere = spawnSync("skopeo", ["--version"]).status === 0;
const skopeoTest = isThere ? test : test.skip;
const it = world();

let writer: Identity;
beforeAll(async () => {
  writer = await identity(it, "zot-ci", ["artifact-workloads"]);
});

/** An OCI layout with one tagged image, as build tools write it. */
function layout(name: string): string {
  const folder = join(it.folder, name);
  const { manifest, config, layer, digest } = image(name);
  mkdirSync(join(folder, "blobs/sha256"), { recursive: true });
  for (const blob of [manifest, config, layer])
    writeFileSync(join(folder, "blobs/sha256", sha256(blob).slice(7)), blob);
  writeFileSync(join(folder, "oci-layout"), JSON.stringify({ imageLayoutVersion: "1.0.0" }));
  const descriptor = { mediaType: OCI_MANIFEST, digest, size: manifest.length };
  const annotations = { "org.opencontainers.image.ref.name": "v1" };
  writeFileSync(
    join(folder, "index.json"),
    JSON.stringify({ schemaVersion: 2, manifests: [{ ...descriptor, annotations }] }),
  );
  return `oci:${folder}:v1`;
}

function copy(from: string, to: string, ...options: string[]): { status: number | null; stderr: string } {
  const place = ["--src-tls-verify=false", "--dest-tls-verify=false", "--preserve-digests"];
  return spawnSync("skopeo", ["--insecure-policy", "copy", ...place, ...options, from, to], {
    encoding: "utf8",
  });
}

const inRegistry = (name: string) => `docker://${new URL(it.url).host}/${name}`;

skopeoTest("pushes with a key, and anybody pulls the very same bytes", async () => {
  const credentials = `--dest-creds=${writer.username}:${writer.key}`;
  expect(copy(layout("pushed"), inRegistry("ci/skopeo:v1"), credentials)).toMatchObject({ status: 0 });
  expect(copy(inRegistry("ci/skopeo:v1"), `oci:${join(it.folder, "pulled")}:v1`)).toMatchObject({
    status: 0,
  });
  const digest = image("pushed").digest.slice(7);
  expect(readFileSync(join(it.folder, "pulled/blobs/sha256", digest), "utf8")).toBe(image("pushed").manifest);
  expect((await ask(`${it.url}/v2/ci/skopeo/tags/list`)).json.tags).toEqual(["v1"]);
});

skopeoTest("is refused without a key, with a dead one, and where a tag is taken", () => {
  const credentials = `--dest-creds=${writer.username}:${writer.key}`;
  expect(copy(layout("refused"), inRegistry("ci/other:v1")).status).not.toBe(0);
  expect(copy(layout("refused"), inRegistry("ci/other:v1"), "--dest-creds=zot-ci:zak_0").status).not.toBe(0);
  expect(copy(layout("refused"), inRegistry("ci/skopeo:v1"), credentials).stderr).toMatch(/denied/);
});

skopeoTest("copies from one repository to another", () => {
  const credentials = `--dest-creds=${writer.username}:${writer.key}`;
  expect(copy(inRegistry("ci/skopeo:v1"), inRegistry("ci/copied:v1"), credentials)).toMatchObject({
    status: 0,
  });
});
