import type { IncomingMessage } from "node:http";
import { appendUpload, checkBlob, dropUpload, finishUpload, startUpload, uploadSize } from "../store/blobs";
import { isDigest } from "../store/digest";
import { StoreError } from "../store/errors";
import { mayMount } from "./blobs";
import { end, endError, type Call } from "./call";

/** `POST /v2/<name>/blobs/uploads/`: start, mount with `?mount=`, or the whole blob at once with `?digest=`. */
export async function startBlob(call: Call): Promise<void> {
  const { zot, vars, query } = call;
  const { name = "" } = vars;
  const mounts = query.getAll("mount");
  const digests = query.getAll("digest");
  if (mounts.length > 1 || (mounts.length === 0 && digests.length > 1)) {
    end(call, 400);
    return;
  }
  const [mount] = mounts;
  if (mount !== undefined) {
    if (!canMount(call, name, mount)) {
      accepted(call, startUpload(zot.layout, name), "0-0");
      return;
    }
    created(call, mount);
    return;
  }
  if (query.has("from")) {
    end(call, 405);
    return;
  }
  const [digest] = digests;
  if (digest !== undefined) return wholeBlob(call, digest);
  accepted(call, startUpload(zot.layout, name), "0-0");
}

function canMount(call: Call, name: string, digest: string): boolean {
  try {
    if (!isDigest(digest) || !mayMount(call, digest)) return false;
    checkBlob(call.zot.layout, name, digest);
    return true;
  } catch {
    return false;
  }
}

async function wholeBlob(call: Call, digest: string): Promise<void> {
  const { zot, vars, request, response } = call;
  const { name = "" } = vars;
  if (request.headers["content-type"] !== "application/octet-stream") {
    end(call, 415);
    return;
  }
  if (!isDigest(digest)) {
    endError(call, 400, "DIGEST_INVALID", { digest });
    return;
  }
  if (request.headers["content-length"] === undefined && request.headers["transfer-encoding"] !== undefined) {
    endError(call, 400, "BLOB_UPLOAD_INVALID", { digest, "Content-Length": "-1" });
    return;
  }
  const id = startUpload(zot.layout, name);
  try {
    await appendUpload(zot.layout, name, id, request);
    await finishUpload(zot.layout, name, id, digest);
  } catch (error) {
    endUploadError(call, error, digest);
    return;
  }
  response.setHeader("Blob-Upload-Uuid", id);
  created(call, digest);
}

/** `GET /v2/<name>/blobs/uploads/<session>` */
export function uploadStatus(call: Call): void {
  const { zot, vars } = call;
  try {
    const size = uploadSize(zot.layout, vars.name ?? "", vars.session ?? "");
    accepted(call, vars.session ?? "", size > 0 ? `0-${size - 1}` : "0-0", 204);
  } catch (error) {
    endUploadError(call, error);
  }
}

/** `PATCH /v2/<name>/blobs/uploads/<session>`: one chunk, with Content-Range where it has to fit. */
export async function patchBlob(call: Call): Promise<void> {
  const { zot, vars, request, response } = call;
  const { name = "", session = "" } = vars;
  const length = request.headers["content-length"] ?? "";
  const isChunk = length !== "" && (request.headers["content-range"] ?? "") !== "";
  const range = isChunk ? contentRange(request) : undefined;
  if (isChunk && (!range || range.to - range.from + 1 !== Number(length))) {
    end(call, 416);
    return;
  }
  try {
    const { written, total } = await appendUpload(zot.layout, name, session, request, range?.from);
    response.setHeader("Blob-Upload-Uuid", session);
    response.setHeader("Content-Length", 0);
    // zot counts only the bytes of this request where they came without a Content-Range.
    accepted(call, session, `0-${(isChunk ? total : written) - 1}`);
  } catch (error) {
    endUploadError(call, error);
  }
}

/** `PUT /v2/<name>/blobs/uploads/<session>?digest=`: the last chunk or none, then the blob is there. */
export async function finishBlob(call: Call): Promise<void> {
  const { zot, vars, query, request, response } = call;
  const { name = "", session = "" } = vars;
  const [digest = "", ...more] = query.getAll("digest");
  if (more.length > 0 || !isDigest(digest)) {
    end(call, 400);
    return;
  }
  const length = request.headers["content-length"];
  const ranged = request.headers["content-range"] !== undefined;
  if (length === undefined && ranged) {
    endError(call, 400, "BLOB_UPLOAD_INVALID", { digest, "conversion error": "invalid syntax" });
    return;
  }
  const range = ranged ? contentRange(request) : { from: 0 };
  if (!range) {
    endError(call, 416, "BLOB_UPLOAD_INVALID", { session_id: session });
    return;
  }
  try {
    if (length !== undefined && (Number(length) > 0 || ranged))
      await appendUpload(zot.layout, name, session, request, range.from);
    await finishUpload(zot.layout, name, session, digest);
  } catch (error) {
    endUploadError(call, error, digest);
    return;
  }
  response.setHeader("Content-Length", 0);
  response.setHeader("Docker-Content-Digest", digest);
  created(call, digest);
}

/** `DELETE /v2/<name>/blobs/uploads/<session>` */
export function cancelBlob(call: Call): void {
  try {
    dropUpload(call.zot.layout, call.vars.name ?? "", call.vars.session ?? "");
    end(call, 204);
  } catch (error) {
    endUploadError(call, error);
  }
}

/** `<from>-<to>` without a unit, as the distribution specification has it. */
function contentRange(request: IncomingMessage): { from: number; to: number } | undefined {
  const [, from, to] = /^\s*(\d+)\s*-\s*(\d+)\s*$/.exec(request.headers["content-range"] ?? "") ?? [];
  if (from === undefined || to === undefined || Number(from) > Number(to)) return undefined;
  return { from: Number(from), to: Number(to) };
}

function accepted(call: Call, session: string, range: string, status = 202): void {
  call.response.setHeader("Location", `/v2/${call.vars.name ?? ""}/blobs/uploads/${session}`);
  call.response.setHeader("Range", range);
  end(call, status);
}

function created(call: Call, digest: string): void {
  call.response.setHeader("Location", `/v2/${call.vars.name ?? ""}/blobs/${digest}`);
  end(call, 201);
}

/** An upload that broke off is dropped. */
function endUploadError(call: Call, error: unknown, digest = ""): void {
  const { name = "", session = "" } = call.vars;
  if (!(error instanceof StoreError)) {
    call.zot.log.error("unexpected error, removing .uploads/ files", { error: String(error) });
    if (session !== "") dropUpload(call.zot.layout, name, session);
    end(call, 500);
    return;
  }
  switch (error.problem) {
    case "digest mismatch":
      endError(call, 400, "DIGEST_INVALID", { digest });
      break;
    case "upload range":
      endError(call, 416, "BLOB_UPLOAD_INVALID", { session_id: session });
      break;
    default:
      endError(call, 404, "BLOB_UPLOAD_UNKNOWN", { session_id: session });
      break;
  }
}
