import type { Descriptor, Layout } from "./layout";

export const OCI_MANIFEST = "application/vnd.oci.image.manifest.v1+json";
export const OCI_INDEX = "application/vnd.oci.image.index.v1+json";

interface Scope {
  repository: string;
  manifests: Descriptor[];
}

/** Whether any of the manifests, or what they list, needs the blob (zot's IsBlobReferencedInImageIndex). */
export function isReferenced(layout: Layout, digest: string, { repository, manifests }: Scope): boolean {
  return manifests.some((each) => {
    if (each.digest === digest) return true;
    const content = layout.readJson(repository, each.digest);
    if (each.mediaType === OCI_INDEX)
      return isReferenced(layout, digest, { repository, manifests: children(content) });
    return each.mediaType === OCI_MANIFEST && blobs(content).some((blob) => blob.digest === digest);
  });
}

/** The descriptor that a repository's manifests give for a blob; undefined where none does. @throws StoreError */
export function describe(layout: Layout, repository: string, digest: string): Descriptor | undefined {
  return describeIn(layout, digest, { repository, manifests: layout.manifests(repository) });
}

function describeIn(
  layout: Layout,
  digest: string,
  { repository, manifests }: Scope,
): Descriptor | undefined {
  for (const each of manifests) {
    if (each.digest === digest) return each;
    const content = layout.readJson(repository, each.digest);
    const found =
      each.mediaType === OCI_INDEX
        ? describeIn(layout, digest, { repository, manifests: children(content) })
        : blobs(content).find((blob) => blob.digest === digest);
    if (found) return found;
  }
  return undefined;
}

export function children(content: Record<string, unknown> | undefined): Descriptor[] {
  return descriptors(content?.manifests);
}

/** Config and layers of a manifest. */
export function blobs(content: Record<string, unknown> | undefined): Descriptor[] {
  return [...descriptors([content?.config]), ...descriptors(content?.layers)];
}

function descriptors(value: unknown): Descriptor[] {
  if (!Array.isArray(value)) return [];
  return value.filter(
    (each): each is Descriptor => typeof (each as Descriptor | undefined)?.digest === "string",
  );
}
