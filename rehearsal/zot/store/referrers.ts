import { StoreError } from "./errors";
import type { Descriptor, Layout } from "./layout";
import { OCI_INDEX, OCI_MANIFEST } from "./references";

export interface Referrer extends Descriptor {
  artifactType?: string;
}

/**
 * Manifests whose subject is the digest, each once. A repository that does not exist has none.
 *
 * @param artifactTypes only these; empty: all
 * @throws StoreError where a manifest of the repository is missing
 */
export function referrers(
  layout: Layout,
  repository: string,
  subject: string,
  artifactTypes: string[],
): Referrer[] {
  const seen = new Set<string>([subject]);
  return manifestsOf(layout, repository).flatMap(({ mediaType, digest, size }) => {
    if (seen.has(digest)) return [];
    seen.add(digest);
    const content = layout.readJson(repository, digest) as Content | undefined;
    if (!content) throw new StoreError("manifest unknown");
    if (![OCI_MANIFEST, OCI_INDEX].includes(mediaType) || content.subject?.digest !== subject) return [];
    const artifactType =
      content.artifactType ?? (mediaType === OCI_MANIFEST ? content.config?.mediaType : undefined) ?? "";
    if (artifactTypes.length > 0 && !artifactTypes.includes(artifactType)) return [];
    const { annotations } = content;
    return [
      {
        mediaType,
        digest,
        size,
        ...(annotations && { annotations }),
        ...(artifactType !== "" && { artifactType }),
      },
    ];
  });
}

interface Content {
  subject?: { digest?: string };
  artifactType?: string;
  config?: { mediaType?: string };
  annotations?: Record<string, string>;
}

function manifestsOf(layout: Layout, repository: string): Descriptor[] {
  try {
    return layout.manifests(repository);
  } catch {
    return [];
  }
}
