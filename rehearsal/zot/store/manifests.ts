import { existsSync, mkdirSync, statSync, unlinkSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { digestOf, isDigest, splitDigest } from "./digest";
import { StoreError } from "./errors";
import { REF_NAME, type Descriptor, type Layout } from "./layout";
import { validateManifest } from "./manifest-rules";
import { children, isReferenced, OCI_INDEX, OCI_MANIFEST } from "./references";

export interface Stored {
  content: Buffer;
  digest: string;
  mediaType: string;
}

/** By tag or digest. @throws StoreError */
export function getManifest(layout: Layout, repository: string, reference: string): Stored {
  const found = layout
    .manifests(repository)
    .find(({ digest, annotations }) => digest === reference || annotations?.[REF_NAME] === reference);
  if (!found || layout.blobSize(repository, found.digest) === undefined)
    throw new StoreError("manifest unknown");
  return {
    content: layout.readBlob(repository, found.digest),
    digest: found.digest,
    mediaType: found.mediaType,
  };
}

export interface Push {
  repository: string;
  /** A tag, or the digest that the body must have. */
  reference: string;
  mediaType: string;
  body: Buffer;
  /** Of `?tag=` on a push by digest. */
  tags: string[];
}

/**
 * Stores a manifest and its tags (zot's PutImageManifest). The repository is made first, even if the manifest is refused.
 *
 * @throws StoreError
 */
export function putManifest(layout: Layout, push: Push): { digest: string; subject?: string } {
  const { repository, reference, mediaType, body } = push;
  layout.init(repository);
  const byDigest = isDigest(reference);
  const digest = digestOf(body, byDigest ? splitDigest(reference).algorithm : "sha256");
  if (byDigest && digest !== reference) throw new StoreError("manifest invalid");
  validateManifest(layout, repository, mediaType, body);
  writeBlob(layout, repository, digest, body);
  const descriptor = { mediaType, digest, size: body.length };
  const tags = byDigest ? push.tags : [reference];
  const before = layout.manifests(repository);
  const after =
    tags.length === 0
      ? addUntagged(before, descriptor)
      : tagAll(layout, repository, before, descriptor, tags);
  if (after !== before) layout.saveManifests(repository, after);
  const subject = (JSON.parse(body.toString("utf8")) as { subject?: { digest?: string } }).subject?.digest;
  return { digest, ...(subject !== undefined && { subject }) };
}

function writeBlob(layout: Layout, repository: string, digest: string, body: Buffer): void {
  const path = layout.blobPath(repository, digest);
  if (existsSync(path) && statSync(path).size === body.length) return;
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, body);
}

function addUntagged(manifests: Descriptor[], descriptor: Descriptor): Descriptor[] {
  return manifests.some(({ digest }) => digest === descriptor.digest)
    ? manifests
    : [...manifests, descriptor];
}

function tagAll(
  layout: Layout,
  repository: string,
  before: Descriptor[],
  descriptor: Descriptor,
  tags: string[],
): Descriptor[] {
  let manifests = before;
  for (const tag of tags) {
    const old = manifests.find((each) => each.annotations?.[REF_NAME] === tag);
    if (old?.digest === descriptor.digest) continue;
    manifests = manifests.filter(
      (each) =>
        each !== old && (each.digest !== descriptor.digest || each.annotations?.[REF_NAME] !== undefined),
    );
    if (old && descriptor.mediaType === OCI_INDEX)
      manifests = prune(layout, repository, manifests, old, descriptor);
    manifests = [...manifests, { ...descriptor, annotations: { [REF_NAME]: tag } }];
  }
  return manifests;
}

/** Forgets the untagged manifests that only the replaced index had listed (zot's PruneImageManifestsFromIndex). */
function prune(
  layout: Layout,
  repository: string,
  manifests: Descriptor[],
  replaced: Descriptor,
  by: Descriptor,
): Descriptor[] {
  const listed = ({ digest }: Descriptor) =>
    children(layout.readJson(repository, digest)).map((child) => child.digest);
  const indexes = [...manifests, by].filter((each) => each.mediaType === OCI_INDEX);
  const kept = new Set(indexes.flatMap(listed));
  const dropped = new Set(listed(replaced).filter((digest) => !kept.has(digest)));
  return manifests.filter(
    (each) =>
      each.mediaType !== OCI_MANIFEST ||
      each.annotations?.[REF_NAME] !== undefined ||
      !dropped.has(each.digest),
  );
}

/**
 * By tag: the tag alone goes, the manifest stays, reachable by its digest. By digest: the manifest goes with all its tags.
 *
 * @param detectCollision refuse where several tags share the digest (the action detectManifestCollision)
 * @throws StoreError
 */
export function deleteManifest(
  layout: Layout,
  repository: string,
  reference: string,
  { detectCollision }: { detectCollision: boolean },
): void {
  const before = layout.manifests(repository);
  const matches = (each: Descriptor) =>
    each.annotations?.[REF_NAME] === reference || each.digest === reference;
  const removed = before.filter(matches);
  if (removed.length > 1 && detectCollision) throw new StoreError("manifest shared");
  const gone = removed.at(-1);
  if (!gone) throw new StoreError("manifest unknown");
  let manifests = before.filter((each) => !matches(each));
  if (!isDigest(reference) && !manifests.some(({ digest }) => digest === gone.digest)) {
    const { mediaType, digest, size } = gone;
    manifests = [...manifests, { mediaType, digest, size }];
  }
  const indexes = manifests.filter((each) => each.mediaType === OCI_INDEX);
  if (isDigest(reference) && isReferenced(layout, gone.digest, { repository, manifests: indexes }))
    throw new StoreError("manifest referenced");
  layout.saveManifests(repository, manifests);
  if (!manifests.some(({ digest }) => digest === gone.digest))
    unlinkSync(layout.blobPath(repository, gone.digest));
}
