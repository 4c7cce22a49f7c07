import { randomUUID } from "node:crypto";
import {
  closeSync,
  createWriteStream,
  linkSync,
  mkdirSync,
  openSync,
  renameSync,
  rmSync,
  statSync,
  unlinkSync,
} from "node:fs";
import { dirname } from "node:path";
import type { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { digestOfFile, splitDigest } from "./digest";
import { StoreError } from "./errors";
import type { Descriptor, Layout } from "./layout";
import { describe, isReferenced } from "./references";

/** Repositories whose uploaded copy of the blob may be linked into another; manifests do not count. */
export function holders(layout: Layout, digest: string): string[] {
  return layout
    .repositories()
    .filter(
      (name) =>
        layout.blobSize(name, digest) !== undefined &&
        !layout.manifests(name).some((manifest) => manifest.digest === digest),
    );
}

/**
 * Size of a blob in bytes. With dedupe a blob of another repository is linked in, and the repository is made for it,
 * even by a HEAD (zot's CheckBlob).
 *
 * @throws StoreError
 */
export function checkBlob(layout: Layout, repository: string, digest: string): number {
  const size = layout.blobSize(repository, digest);
  if (size !== undefined) return checkSize(layout, repository, digest, size);
  const [source] = layout.dedupe ? holders(layout, digest) : [];
  if (source === undefined) throw new StoreError("blob unknown");
  layout.init(repository);
  const target = layout.blobPath(repository, digest);
  mkdirSync(dirname(target), { recursive: true });
  linkSync(layout.blobPath(source, digest), target);
  return statSync(target).size;
}

/** A blob of another size than its manifest says is taken for broken. */
function checkSize(layout: Layout, repository: string, digest: string, size: number): number {
  let described: Descriptor | undefined;
  try {
    described = describe(layout, repository, digest);
  } catch {
    return size;
  }
  if (described && described.size !== size) throw new StoreError("blob unknown");
  return size;
}

/** @throws StoreError where it is missing or a manifest needs it */
export function deleteBlob(layout: Layout, repository: string, digest: string): void {
  if (layout.blobSize(repository, digest) === undefined) throw new StoreError("blob unknown");
  if (isReferenced(layout, digest, { repository, manifests: layout.manifests(repository) }))
    throw new StoreError("blob referenced");
  unlinkSync(layout.blobPath(repository, digest));
}

/** Starts an upload and returns its id. */
export function startUpload(layout: Layout, repository: string): string {
  layout.init(repository);
  const id = randomUUID();
  closeSync(openSync(layout.uploadPath(repository, id), "w"));
  return id;
}

/** Bytes that an upload holds. @throws StoreError */
export function uploadSize(layout: Layout, repository: string, id: string): number {
  const stat = id.includes("/")
    ? undefined
    : statSync(layout.uploadPath(repository, id), { throwIfNoEntry: false });
  if (!stat?.isFile()) throw new StoreError("upload unknown");
  return stat.size;
}

/**
 * Appends to an upload.
 *
 * @param from where the client says that this chunk begins; undefined: wherever the upload ends
 * @returns the bytes written now and those that the upload holds
 * @throws StoreError
 */
export async function appendUpload(
  layout: Layout,
  repository: string,
  id: string,
  body: Readable,
  from?: number,
): Promise<{ written: number; total: number }> {
  layout.init(repository);
  const before = uploadSize(layout, repository, id);
  if (from !== undefined && from !== before) throw new StoreError("upload range");
  await pipeline(body, createWriteStream(layout.uploadPath(repository, id), { flags: "a" }));
  const total = uploadSize(layout, repository, id);
  return { written: total - before, total };
}

/** Makes the upload a blob. A wrong digest leaves it where it is. @throws StoreError */
export async function finishUpload(
  layout: Layout,
  repository: string,
  id: string,
  digest: string,
): Promise<void> {
  uploadSize(layout, repository, id);
  const path = layout.uploadPath(repository, id);
  if ((await digestOfFile(path, splitDigest(digest).algorithm)) !== digest)
    throw new StoreError("digest mismatch");
  const target = layout.blobPath(repository, digest);
  mkdirSync(dirname(target), { recursive: true });
  renameSync(path, target);
}

/** @throws StoreError */
export function dropUpload(layout: Layout, repository: string, id: string): void {
  uploadSize(layout, repository, id);
  rmSync(layout.uploadPath(repository, id));
}
