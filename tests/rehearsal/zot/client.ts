import { createHash } from "node:crypto";

export const OCI_MANIFEST = "application/vnd.oci.image.manifest.v1+json";
export const OCI_INDEX = "application/vnd.oci.image.index.v1+json";
const OCI_CONFIG = "application/vnd.oci.image.config.v1+json";
const OCI_LAYER = "application/vnd.oci.image.layer.v1.tar+gzip";

export interface Identity {
  username: string;
  key: string;
}

export interface Reply {
  status: number;
  headers: Headers;
  text: string;
  /** The body, where it is JSON. */
  json: Record<string, unknown>;
}

export interface Ask {
  method?: string;
  as?: Identity | undefined;
  cookie?: string;
  headers?: Record<string, string>;
  body?: string | Uint8Array<ArrayBuffer>;
}

export async function ask(
  url: string,
  { method = "GET", as, cookie, headers, body }: Ask = {},
): Promise<Reply> {
  const response = await fetch(url, {
    method,
    redirect: "manual",
    headers: {
      "User-Agent": "test",
      ...(as && { Authorization: basic(as.username, as.key) }),
      ...(cookie !== undefined && { Cookie: cookie }),
      ...headers,
    },
    ...(body !== undefined && { body }),
  });
  const text = await response.text();
  return { status: response.status, headers: response.headers, text, json: parse(text) };
}

function parse(text: string): Record<string, unknown> {
  try {
    return JSON.parse(text) as Record<string, unknown>;
  } catch {
    return {};
  }
}

export function basic(username: string, password: string): string {
  return `Basic ${Buffer.from(`${username}:${password}`).toString("base64")}`;
}

/** Code of the first error of a reply. */
export function code({ json }: Reply): unknown {
  const [first] = (json.errors ?? [json]) as { code?: string }[];
  return first?.code;
}

export function sha256(content: string | Uint8Array): string {
  return `sha256:${createHash("sha256").update(content).digest("hex")}`;
}

export interface Image {
  manifest: string;
  digest: string;
  config: string;
  layer: string;
}

/** An image whose config and layer hold the given text: another text, another digest. */
export function image(content: string, extra: Record<string, unknown> = {}): Image {
  const config = JSON.stringify({
    architecture: "amd64",
    os: "linux",
    rootfs: { type: "layers", diff_ids: [] },
    content,
  });
  const layer = `layer of ${content}`;
  const manifest = JSON.stringify({
    schemaVersion: 2,
    mediaType: OCI_MANIFEST,
    config: { mediaType: OCI_CONFIG, digest: sha256(config), size: config.length },
    layers: [{ mediaType: OCI_LAYER, digest: sha256(layer), size: layer.length }],
    ...extra,
  });
  return { manifest, digest: sha256(manifest), config, layer };
}

export async function pushBlob(url: string, repository: string, blob: string, as?: Identity): Promise<Reply> {
  return ask(`${url}/v2/${repository}/blobs/uploads/?digest=${sha256(blob)}`, {
    method: "POST",
    as,
    headers: { "Content-Type": "application/octet-stream" },
    body: blob,
  });
}

export async function pushManifest(
  url: string,
  repository: string,
  reference: string,
  { body, type = OCI_MANIFEST, as }: { body: string; type?: string; as?: Identity | undefined },
): Promise<Reply> {
  return ask(`${url}/v2/${repository}/manifests/${reference}`, {
    method: "PUT",
    as,
    headers: { "Content-Type": type },
    body,
  });
}

/** Blobs and manifest. */
export async function push(
  url: string,
  repository: string,
  reference: string,
  pushed: Image,
  as?: Identity,
): Promise<Reply> {
  await pushBlob(url, repository, pushed.config, as);
  await pushBlob(url, repository, pushed.layer, as);
  return pushManifest(url, repository, reference, { body: pushed.manifest, as });
}

/** Goes through the login as a browser would, and returns every step's reply and the cookies at its end. */
export async function logIn(
  url: string,
  target = "/v2/",
): Promise<{ start: Reply; end: Reply; cookie: string }> {
  const jar = new Map<string, string>();
  const follow = async (location: string, ours: boolean) => {
    const cookie = [...jar].map(([name, value]) => `${name}=${value}`).join("; ");
    const reply = await ask(location, ours ? { cookie } : {});
    for (const line of reply.headers.getSetCookie()) {
      const [pair = "", ...attributes] = line.split("; ");
      const [name = "", ...value] = pair.split("=");
      if (attributes.includes("Max-Age=0")) jar.delete(name);
      else jar.set(name, value.join("="));
    }
    return reply;
  };
  const start = await follow(
    `${url}/zot/auth/login?provider=oidc&callback_ui=${encodeURIComponent(target)}`,
    true,
  );
  const atIssuer = await follow(start.headers.get("location") ?? "", false);
  const end = await follow(atIssuer.headers.get("location") ?? "", true);
  const cookie = ["session", "user"].map((name) => `${name}=${jar.get(name) ?? ""}`).join("; ");
  return { start, end, cookie };
}

export const FROM_UI = { "X-ZOT-API-CLIENT": "zot-ui" };

export async function mint(
  url: string,
  by: { cookie: string } | { as: Identity },
  key: Record<string, unknown> = {},
): Promise<Reply> {
  return ask(`${url}/zot/auth/apikey`, {
    method: "POST",
    ...("cookie" in by ? { cookie: by.cookie, headers: FROM_UI } : { as: by.as }),
    body: JSON.stringify({ label: "test", scopes: [], ...key }),
  });
}
