import { emptyImage, pushEmptyBlob, pushManifest } from "./image";
import type { Registry } from "./registry";

const image = emptyImage();

export const SCRATCH = { tag: "latest", hasLatest: true, manifest: image.manifest } as const;

/** Pushes a two-byte image as `latest`, with an identity that may create. */
export async function pushScratch(registry: Registry, repository: string): Promise<void> {
  await pushEmptyBlob(registry, repository);
  await pushManifest(registry, repository, SCRATCH.tag, image);
}

/** Deletes the image, with an identity that may delete. */
export async function deleteScratch(registry: Registry, repository: string): Promise<void> {
  await registry.demand(`delete ${repository}`, "DELETE", `/v2/${repository}/manifests/${image.digest}`, {
    accepted: [202, 404],
    hint: "delete it by hand, or leave it: the next run uses it again",
  });
}
