import { has } from "../version";
import { isDigest, looksLikeDigest } from "../store/digest";
import { StoreError } from "../store/errors";
import { isManifestType } from "../store/manifest-rules";
import { deleteManifest, getManifest, putManifest } from "../store/manifests";
import { referrers } from "../store/referrers";
import { OCI_INDEX } from "../store/references";
import { allowBrowsers, allowOrigin, end, endData, endError, type Call } from "./call";
import { isAllowed } from "./authz";
import { BodyTooLarge, readBody } from "./body";

/** Bytes of a manifest, tags of a push (zot's pkg/api/constants). */
const MAX_MANIFEST = 4 * 1024 * 1024;
const MAX_TAGS = 46;

/** `GET` and `HEAD /v2/<name>/manifests/<reference>` */
export function readManifest(call: Call): void {
  if (call.method === "GET") allowOrigin(call);
  else allowBrowsers(call, "HEAD,GET,DELETE,OPTIONS");
  if (call.method === "OPTIONS") return;
  const { zot, vars, response } = call;
  const { name = "", reference = "" } = vars;
  try {
    const { content, digest, mediaType } = getManifest(zot.layout, name, reference);
    zot.counters.download(name);
    response.setHeader("Docker-Content-Digest", digest);
    endData(call, 200, mediaType, content);
  } catch (error) {
    endStoreError(call, error, call.method === "HEAD" ? { reference } : { name });
  }
}

/** `PUT /v2/<name>/manifests/<reference>?tag=` */
export async function pushManifest(call: Call): Promise<void> {
  const { zot, vars, query, request, response } = call;
  const { name = "", reference = "" } = vars;
  const mediaType = request.headers["content-type"] ?? "";
  if (looksLikeDigest(reference)) {
    endError(call, 400, "DIGEST_INVALID", { reference });
    return;
  }
  if (!isManifestType(mediaType, zot.config.dockerManifests)) {
    endError(call, 415, "MANIFEST_INVALID", { mediaType });
    return;
  }
  // A query of the manifest's own tags came with 2.1.16; before it is not looked at.
  const tags = has("2.1.16") ? query.getAll("tag").map((tag) => tag.trim()) : [];
  const problem = problemOfTags(tags, reference);
  if (problem) {
    endError(call, problem.status, "MANIFEST_INVALID", { reason: problem.reason });
    return;
  }
  try {
    const body = await readBody(request, MAX_MANIFEST);
    const unique = [...new Set(tags)];
    const { digest, subject } = putManifest(zot.layout, {
      repository: name,
      reference,
      mediaType,
      body,
      tags: unique,
    });
    zot.counters.upload(name);
    if (subject !== undefined) response.setHeader("OCI-Subject", subject);
    response.setHeader("Location", `/v2/${name}/manifests/${digest}`);
    response.setHeader("Docker-Content-Digest", digest);
    for (const tag of unique) response.appendHeader("OCI-Tag", tag);
    end(call, 201);
  } catch (error) {
    if (!(error instanceof BodyTooLarge)) {
      endStoreError(call, error, { reference });
      return;
    }
    const reason = `manifest body exceeds maximum allowed size of ${MAX_MANIFEST} bytes`;
    endError(call, 413, "MANIFEST_INVALID", { reason });
  }
}

function problemOfTags(tags: string[], reference: string): { status: number; reason: string } | undefined {
  if (tags.length > MAX_TAGS)
    return { status: 414, reason: `too many tag query parameters (max ${MAX_TAGS})` };
  if (tags.includes("")) return { status: 400, reason: "empty tag query parameter" };
  if (!tags.every((tag) => /^[a-zA-Z0-9_][a-zA-Z0-9._-]{0,127}$/.test(tag)))
    return { status: 400, reason: "invalid tag query parameter" };
  return tags.length > 0 && !isDigest(reference)
    ? { status: 400, reason: "tag query parameters are only valid when pushing a manifest by digest" }
    : undefined;
}

/** `DELETE /v2/<name>/manifests/<reference>` */
export function removeManifest(call: Call): void {
  allowOrigin(call);
  const { zot, vars } = call;
  const { name = "", reference = "" } = vars;
  try {
    getManifest(zot.layout, name, reference);
    const detectCollision = isAllowed(call, "detectManifestCollision", name);
    deleteManifest(zot.layout, name, reference, { detectCollision });
    end(call, 202);
  } catch (error) {
    if (error instanceof StoreError && error.problem === "repository unknown") {
      endError(call, 400, "NAME_UNKNOWN", { name });
      return;
    }
    endStoreError(call, error, { reference });
  }
}

/** `GET /v2/<name>/referrers/<digest>?artifactType=` */
export function listReferrers(call: Call): void {
  allowBrowsers(call, "GET,OPTIONS");
  if (call.method === "OPTIONS") return;
  const { zot, vars, query, response } = call;
  const { name = "", digest = "" } = vars;
  const types = query.getAll("artifactType");
  if (!isDigest(digest)) {
    end(call, 400);
    return;
  }
  try {
    const manifests = referrers(zot.layout, name, digest, types);
    if (types.length > 0) response.setHeader("OCI-Filters-Applied", "artifactType");
    endData(call, 200, OCI_INDEX, JSON.stringify({ schemaVersion: 2, mediaType: OCI_INDEX, manifests }));
  } catch {
    end(call, 404);
  }
}

function endStoreError(call: Call, error: unknown, detail: Record<string, string>): void {
  if (!(error instanceof StoreError)) throw error;
  const details = { ...error.detail, ...detail };
  switch (error.problem) {
    case "repository unknown":
      endError(call, 404, "NAME_UNKNOWN", details);
      break;
    case "manifest unknown":
      endError(call, 404, "MANIFEST_UNKNOWN", {
        ...error.detail,
        reference: call.vars.reference ?? "",
      });
      break;
    case "manifest shared":
      endError(call, 409, "MANIFEST_INVALID", details);
      break;
    case "manifest referenced":
      endError(call, 405, "DENIED", details);
      break;
    default:
      endError(call, 400, "MANIFEST_INVALID", details);
      break;
  }
}
