import { toEncrypt } from "../../stack/state";
import type { Row, Systems } from "../candidates";
import type { Resource } from "../deployment";

/**
 * An imported app password with what its provider reads only of tokens that it knows: the key, and whether the token ends
 * (resource_token.go of 2026.5.0 asks for the one only where the state wants it, and never reads the other).
 */
export async function withKey(resource: Resource, { authentik }: Systems): Promise<Resource> {
  const path = `core/tokens/${encodeURIComponent(resource.id ?? "")}/`;
  const [token, shown] = await Promise.all([authentik.one(path), authentik.one(`${path}view_key/`)]);
  const key = shown?.["key"];
  if (typeof key !== "string") return resource;
  const read = { retrieveKey: true, expiring: expires(token) };
  return {
    ...resource,
    inputs: { ...resource.inputs, ...read },
    outputs: { ...resource.outputs, ...read, key: toEncrypt(key) },
  };
}

function expires(token: Row | undefined): boolean {
  return token?.["expiring"] !== false;
}
