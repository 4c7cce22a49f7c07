import { createHash } from "node:crypto";

const MANIFEST_TYPE = "application/vnd.oci.image.manifest.v1+json";
const EMPTY_TYPE = "application/vnd.oci.empty.v1+json";

/**
 * Pushes a tiny OCI image.
 *
 * @param content makes the digest what it is.
 * @returns status of the manifest's PUT: 201 when the image is there.
 */
export async function pushImage(
  registryUrl: string,
  repository: string,
  tag: string,
  content: string,
  authorization?: string,
): Promise<number> {
  const headers: Record<string, string> = authorization === undefined ? {} : { authorization };
  const empty = Buffer.from("{}");
  const layer = Buffer.from(content);
  for (const blob of [empty, layer]) {
    const start = await fetch(`${registryUrl}/v2/${repository}/blobs/uploads/`, { method: "POST", headers });
    await start.arrayBuffer();
    if (start.status !== 202) return start.status;
    const location = new URL(start.headers.get("location") ?? "", registryUrl);
    location.searchParams.set("digest", digestOf(blob));
    const done = await fetch(location, {
      method: "PUT",
      headers: { ...headers, "content-type": "application/octet-stream" },
      body: blob,
    });
    await done.arrayBuffer();
    if (done.status !== 201) return done.status;
  }
  const manifest = JSON.stringify({
    schemaVersion: 2,
    mediaType: MANIFEST_TYPE,
    artifactType: "application/vnd.example.rehearsal",
    config: { mediaType: EMPTY_TYPE, digest: digestOf(empty), size: empty.length },
    layers: [{ mediaType: "application/octet-stream", digest: digestOf(layer), size: layer.length }],
  });
  const response = await fetch(`${registryUrl}/v2/${repository}/manifests/${tag}`, {
    method: "PUT",
    headers: { ...headers, "content-type": MANIFEST_TYPE },
    body: manifest,
  });
  await response.arrayBuffer();
  return response.status;
}

/** What anybody can do while the registry is as zot's documentation begins. */
export async function pushOpenly(registryUrl: string): Promise<void> {
  const images: [repository: string, tag: string][] = [
    ["blumeops/hello", "1.0"],
    ["blumeops/hello", "latest"],
    ["cv/site", "1.0"],
    ["docker.io/library/alpine", "3"],
  ];
  for (const [repository, tag] of images) {
    const status = await pushImage(registryUrl, repository, tag, `${repository}:${tag}`);
    if (status !== 201)
      throw new Error(`the open registry answered ${status} to a push of ${repository}:${tag}`);
  }
}

function digestOf(blob: Buffer): string {
  return `sha256:${createHash("sha256").update(blob).digest("hex")}`;
}
