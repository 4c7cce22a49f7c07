import { blobs, children, OCI_INDEX, OCI_MANIFEST } from "./references";
import { isDigest } from "./digest";
import { StoreError } from "./errors";
import type { Descriptor, Layout } from "./layout";

const DOCKER = [
  "application/vnd.docker.distribution.manifest.v2+json",
  "application/vnd.docker.distribution.manifest.list.v2+json",
];
/** Config types whose blobs zot looks for; others are artifacts, which may point elsewhere. */
const CHECKED_CONFIGS = ["application/vnd.oci.image.config.v1+json", "application/vnd.oci.empty.v1+json"];

/** Media types of manifests that may be pushed; Docker's only where http.compat says so. */
export function isManifestType(mediaType: string, docker: boolean): boolean {
  return [OCI_MANIFEST, OCI_INDEX, ...(docker ? DOCKER : [])].includes(mediaType);
}

/**
 * zot's ValidateManifest: the schema of the OCI image specification, then that every blob it needs is there.
 *
 * @throws StoreError "manifest invalid"
 */
export function validateManifest(layout: Layout, repository: string, mediaType: string, body: Buffer): void {
  const content = parse(body);
  const isIndex = mediaType === OCI_INDEX;
  if (!DOCKER.includes(mediaType)) checkSchema(content, isIndex);
  for (const needed of neededBlobs(content, mediaType)) {
    if (!isDigest(needed.digest) || layout.blobSize(repository, needed.digest) === undefined)
      throw new StoreError("manifest invalid");
  }
}

function parse(body: Buffer): Record<string, unknown> {
  try {
    const content: unknown = JSON.parse(body.toString("utf8"));
    if (typeof content === "object" && content !== null && !Array.isArray(content))
      return content as Record<string, unknown>;
  } catch {
    throw new StoreError("manifest invalid", { jsonSchemaValidation: "the body is no JSON" });
  }
  throw new StoreError("manifest invalid", { jsonSchemaValidation: "expected object" });
}

function neededBlobs(content: Record<string, unknown>, mediaType: string): Descriptor[] {
  if (mediaType === OCI_INDEX || mediaType === DOCKER[1]) return children(content);
  const needed = blobs(content);
  if (mediaType === DOCKER[0]) return needed;
  const config = content.config as Descriptor;
  if (!CHECKED_CONFIGS.includes(config.mediaType)) return [];
  return needed.filter((each) => !each.mediaType.includes(".layer.nondistributable."));
}

/** Of the JSON schemas of image-spec 1.1: manifests, indexes and their descriptors. */
function checkSchema(content: Record<string, unknown>, isIndex: boolean): void {
  const required = isIndex ? ["schemaVersion", "manifests"] : ["schemaVersion", "config", "layers"];
  const missing = required.filter((key) => content[key] === undefined).map((key) => `'${key}'`);
  const kind = isIndex ? "index" : "manifest";
  const problems = [
    missing.length > 0 &&
      `'' does not validate with https://opencontainers.org/schema/image/${kind}#/required: missing properties: ${missing.join(", ")}`,
    content.schemaVersion !== undefined && content.schemaVersion !== 2 && "'/schemaVersion' is not 2",
    ...["mediaType", "artifactType"].map(
      (key) => content[key] !== undefined && !isMediaType(content[key]) && `'/${key}' is no media type`,
    ),
    ...["config", "subject"].map(
      (key) => content[key] !== undefined && !isDescriptor(content[key]) && `'/${key}' is no descriptor`,
    ),
    ...["layers", "manifests"].map(
      (key) => content[key] !== undefined && !isList(content[key]) && `'/${key}' is no list of descriptors`,
    ),
    content.annotations !== undefined &&
      !isAnnotations(content.annotations) &&
      "'/annotations' are no strings",
  ].filter((problem) => typeof problem === "string");
  if (problems.length > 0) {
    throw new StoreError("manifest invalid", {
      jsonSchemaValidation: `validation failed: jsonschema: ${problems.join("; ")}`,
    });
  }
}

function isList(value: unknown): boolean {
  return Array.isArray(value) && value.every(isDescriptor);
}

function isDescriptor(value: unknown): boolean {
  if (typeof value !== "object" || value === null) return false;
  const { mediaType, size, digest, annotations } = value as Record<string, unknown>;
  return (
    isMediaType(mediaType) &&
    Number.isInteger(size) &&
    typeof digest === "string" &&
    /^[a-z0-9]+(?:[+._-][a-z0-9]+)*:[a-zA-Z0-9=_-]+$/.test(digest) &&
    (annotations === undefined || isAnnotations(annotations))
  );
}

function isMediaType(value: unknown): boolean {
  return (
    typeof value === "string" &&
    /^[A-Za-z0-9][A-Za-z0-9!#$&^_.+-]{0,126}\/[A-Za-z0-9][A-Za-z0-9!#$&^_.+-]{0,126}$/.test(value)
  );
}

function isAnnotations(value: unknown): boolean {
  return (
    typeof value === "object" &&
    value !== null &&
    !Array.isArray(value) &&
    Object.values(value).every((each) => typeof each === "string")
  );
}
