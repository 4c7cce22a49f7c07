import { createHash } from "node:crypto";
import type { Registry } from "./registry";
import { pathOf } from "./targets";

const TAG = "latest";
const EMPTY = "{}";
const MANIFEST_TYPE = "application/vnd.oci.image.manifest.v1+json";

/** The empty descriptor of the OCI image specification, as config and as the one layer. */
const emptyBlob = {
  mediaType: "application/vnd.oci.empty.v1+json",
  digest: digestOf(EMPTY),
  size: Buffer.byteLength(EMPTY),
};

const manifest = JSON.stringify({
  schemaVersion: 2,
  mediaType: MANIFEST_TYPE,
  artifactType: "application/vnd.zot-access.scratch.v1",
  config: emptyBlob,
  layers: [emptyBlob],
});

export const SCRATCH = { tag: TAG, hasLatest: true } as const;

const HINT = "see whether the identity is in a group that may create there";

/** Pushes a two-byte image as `latest`, with an identity that may create. */
export async function pushScratch(registry: Registry, repository: string): Promise<void> {
  const uploads = `/v2/${repository}/blobs/uploads/`;
  const started = await registry.demand(`start an upload to ${repository}`, "POST", uploads, {
    accepted: [202],
    hint: HINT,
  });
  const upload = pathOf(started.headers.get("location") ?? uploads);
  const digest = encodeURIComponent(emptyBlob.digest);
  await registry.demand(
    `upload a blob to ${repository}`,
    "PUT",
    `${upload}${upload.includes("?") ? "&" : "?"}digest=${digest}`,
    { accepted: [201], hint: HINT, headers: { "Content-Type": "application/octet-stream" }, body: EMPTY },
  );
  await registry.demand(`push ${repository}:${TAG}`, "PUT", `/v2/${repository}/manifests/${TAG}`, {
    accepted: [201],
    hint: HINT,
    headers: { "Content-Type": MANIFEST_TYPE },
    body: manifest,
  });
}

/** Removes the image again, with an identity that may delete. */
export async function deleteScratch(registry: Registry, repository: string): Promise<void> {
  await registry.demand(
    `delete ${repository}`,
    "DELETE",
    `/v2/${repository}/manifests/${digestOf(manifest)}`,
    { accepted: [202, 404], hint: "delete it by hand, or leave it: the next run uses it again" },
  );
}

function digestOf(text: string): string {
  return `sha256:${createHash("sha256").update(text).digest("hex")}`;
}
