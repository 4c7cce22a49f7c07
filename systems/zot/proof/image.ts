import { createHash } from "node:crypto";
import type { Registry } from "./registry";
import { pathOf } from "./targets";

export const MANIFEST_TYPE = "application/vnd.oci.image.manifest.v1+json";

const EMPTY = "{}";

/** The empty descriptor of the OCI image specification, as config and as the one layer. */
const emptyBlob = {
  mediaType: "application/vnd.oci.empty.v1+json",
  digest: digestOf(EMPTY),
  size: Buffer.byteLength(EMPTY),
};

/** A two-byte image; other annotations give it another digest. */
export interface Image {
  manifest: string;
  digest: string;
}

export function emptyImage(annotations?: Record<string, string>): Image {
  const manifest = JSON.stringify({
    schemaVersion: 2,
    mediaType: MANIFEST_TYPE,
    artifactType: "application/vnd.zot-access.scratch.v1",
    config: emptyBlob,
    layers: [emptyBlob],
    ...(annotations && { annotations }),
  });
  return { manifest, digest: digestOf(manifest) };
}

const HINT = "see whether the identity is in a group that may create there";

/** The one blob of all empty images, once a repository. @throws StatusError */
export async function pushEmptyBlob(registry: Registry, repository: string): Promise<void> {
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
}

/** @throws StatusError */
export async function pushManifest(
  registry: Registry,
  repository: string,
  tag: string,
  { manifest }: Image,
): Promise<void> {
  await registry.demand(`push ${repository}:${tag}`, "PUT", `/v2/${repository}/manifests/${tag}`, {
    accepted: [201],
    hint: HINT,
    headers: { "Content-Type": MANIFEST_TYPE },
    body: manifest,
  });
}

function digestOf(text: string): string {
  return `sha256:${createHash("sha256").update(text).digest("hex")}`;
}
