import { pathOf } from "../../../systems/http/path";
import { toEncrypt } from "../../../systems/pulumi/values";
import type { Row, Systems } from "../candidates";
import type { Resource, Values } from "../../../systems/pulumi/deployment";
import { withoutRawState } from "./raw-state";
import { AUTHENTIK } from "../../../systems/pulumi/types";

interface Unread {
  /** Path below /api/v3/, before the id. */
  readonly path: string;
  /** Properties that the provider writes and never reads, with their names in Authentik. */
  readonly fields: Readonly<Record<string, string>>;
}

/** As of Authentik's provider 2026.5.0: resource_token.go, resource_stage_user_login.go. */
const UNREAD: Readonly<Record<string, Unread>> = {
  [AUTHENTIK.token]: { path: "core/tokens", fields: { expiring: "expiring" } },
  [AUTHENTIK.stageUserLogin]: {
    path: "stages/user_login",
    fields: { networkBinding: "network_binding", geoipBinding: "geoip_binding" },
  },
};

/**
 * An imported object of Authentik, completed with the properties that its provider does not read, from Authentik's
 * API.
 */
export async function withUnread(resource: Resource, { authentik }: Systems): Promise<Resource> {
  const unread = UNREAD[resource.type];
  const open = Object.keys(unread?.fields ?? {}).some((name) => resource.outputs?.[name] === undefined);
  const isToken = resource.type === AUTHENTIK.token && resource.outputs?.["retrieveKey"] !== true;
  if (!unread || !(open || isToken)) return resource;
  const path = `${unread.path}${pathOf(resource.id ?? "")}/`;
  const row = await authentik.one(path);
  const read = row ? valuesOf(row, unread) : {};
  const key = isToken ? (await authentik.one(`${path}view_key/`))?.["key"] : undefined;
  // The provider reads a token's key only if the state asks for it.
  const known = typeof key === "string" ? { ...read, retrieveKey: true } : read;
  return {
    ...resource,
    inputs: { ...resource.inputs, ...known },
    outputs: {
      ...withoutRawState(resource.outputs ?? {}),
      ...known,
      ...(typeof key === "string" && { key: toEncrypt(key) }),
    },
  };
}

function valuesOf(row: Row, { fields }: Unread): Values {
  const known = Object.entries(fields).filter(([, key]) => row[key] !== undefined);
  return Object.fromEntries(known.map(([name, key]) => [name, row[key]]));
}
