import { createReadStream } from "node:fs";
import { pipeline } from "node:stream/promises";
import { checkBlob, deleteBlob, holders } from "../store/blobs";
import { isDigest } from "../store/digest";
import { StoreError } from "../store/errors";
import { describe } from "../store/references";
import { end, endError, type Call } from "./call";
import { isAllowed } from "./authz";

const BINARY = "application/octet-stream";

/** `HEAD /v2/<name>/blobs/<digest>`. A blob of another repository that the caller may read counts, and is linked in. */
export function headBlob(call: Call): void {
  const { zot, vars, response } = call;
  const { name = "", digest = "" } = vars;
  if (!isDigest(digest)) {
    end(call, 500);
    return;
  }
  try {
    const size = mayMount(call, digest)
      ? checkBlob(zot.layout, name, digest)
      : zot.layout.blobSize(name, digest);
    if (size === undefined) throw new StoreError("blob unknown");
    response.setHeader("Content-Length", size);
    response.setHeader("Accept-Ranges", "bytes");
    response.setHeader("Content-Type", typeOf(call, name, digest));
    response.setHeader("Docker-Content-Digest", digest);
    end(call, 200);
  } catch (error) {
    endBlobError(call, error);
  }
}

/** Whether the caller may read the blob where it is now; with no accessControl everybody may. */
export function mayMount(call: Call, digest: string): boolean {
  if (!call.zot.config.accessControl) return true;
  return holders(call.zot.layout, digest).some((repository) => isAllowed(call, "read", repository));
}

/** `GET /v2/<name>/blobs/<digest>`, whole or one range of it. */
export async function getBlob(call: Call): Promise<void> {
  const { zot, vars, request, response } = call;
  const { name = "", digest = "" } = vars;
  if (!isDigest(digest)) {
    endError(call, 400, "DIGEST_INVALID", { digest });
    return;
  }
  const header = request.headers.range;
  try {
    const size =
      header === undefined ? zot.layout.blobSize(name, digest) : checkBlob(zot.layout, name, digest);
    if (size === undefined) throw new StoreError("blob unknown");
    const range = header === undefined ? { start: 0, end: size - 1 } : parseRange(header, size);
    if (!range) {
      response.setHeader("Content-Range", `bytes */${size}`);
      end(call, 416);
      return;
    }
    response.setHeader("Docker-Content-Digest", digest);
    response.setHeader("Content-Type", typeOf(call, name, digest));
    response.setHeader("Content-Length", range.end - range.start + 1);
    if (header !== undefined)
      response.setHeader("Content-Range", `bytes ${range.start}-${range.end}/${size}`);
    response.writeHead(header === undefined ? 200 : 206);
    if (size === 0) return void response.end();
    await pipeline(createReadStream(zot.layout.blobPath(name, digest), range), response);
  } catch (error) {
    endBlobError(call, error);
  }
}

/** `bytes=` with one range, from-to, from- or -last; undefined where zot answers 416. Several ranges are not known here. */
function parseRange(header: string, size: number): { start: number; end: number } | undefined {
  const [, from = "", to = ""] = /^bytes=(\d*)-(\d*)$/.exec(header) ?? [];
  if (from === "") {
    const last = Number(to);
    return last > 0 ? { start: Math.max(0, size - last), end: size - 1 } : undefined;
  }
  const start = Number(from);
  const last = to === "" ? size - 1 : Number(to);
  return start < size && last >= start ? { start, end: Math.min(last, size - 1) } : undefined;
}

/** `DELETE /v2/<name>/blobs/<digest>` */
export function removeBlob(call: Call): void {
  const { zot, vars } = call;
  const { name = "", digest = "" } = vars;
  if (!isDigest(digest)) {
    end(call, 404);
    return;
  }
  try {
    deleteBlob(zot.layout, name, digest);
    end(call, 202);
  } catch (error) {
    endBlobError(call, error);
  }
}

/** As the repository's manifests call it. */
function typeOf({ zot }: Call, repository: string, digest: string): string {
  try {
    const type = describe(zot.layout, repository, digest)?.mediaType.split(";")[0]?.trim() ?? "";
    return /^[\w!#$&^.+-]+\/[\w!#$&^.+-]+$/.test(type) ? type.toLowerCase() : BINARY;
  } catch {
    return BINARY;
  }
}

function endBlobError(call: Call, error: unknown): void {
  if (!(error instanceof StoreError)) throw error;
  const { digest = "", name = "" } = call.vars;
  if (error.problem === "repository unknown") endError(call, 404, "NAME_UNKNOWN", { name });
  else if (error.problem === "blob referenced") endError(call, 405, "DENIED", { digest });
  else endError(call, 404, "BLOB_UNKNOWN", { digest });
}
