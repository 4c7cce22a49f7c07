import { UNKNOWN } from "../../../../systems/pulumi/values";
import type { Properties } from "../../plugin";
import type { PackageSpec } from "../../schema/package-schema";
import packageSchema from "../../schemas/authentik.json";
import type { BridgedProvider, Connected } from "../provider";
import { AuthentikClient } from "./client";
import { lookups } from "./lookups";
import { resourceKind } from "./resource";
import { RESOURCES } from "./table";

function connected(client: () => AuthentikClient): Connected["resources"] {
  return Object.fromEntries(
    Object.entries(RESOURCES).map(([type, table]) => [type, resourceKind(table, client)]),
  );
}

/** Settings, or what the environment gives in their place, as with the real provider. */
function settings(config: Properties): { url: unknown; token: unknown } {
  return {
    url: config.url ?? process.env.AUTHENTIK_URL,
    token: config.token ?? process.env.AUTHENTIK_TOKEN,
  };
}

/** goauthentik/authentik 2026.5.0; certificate key pairs and scope mappings can be looked up, not made. */
export const authentik: BridgedProvider = {
  schema: packageSchema as unknown as PackageSpec,

  validateConfig(config) {
    const { url, token } = settings(config);
    return [
      ...(url === undefined ? [missing("url")] : []),
      ...(token === undefined ? [missing("token")] : []),
      ...(typeof url === "string" && url !== UNKNOWN && !URL.canParse(url)
        ? [{ property: "url", reason: "expected a URL with its scheme" }]
        : []),
    ];
  },

  connect(config) {
    // Node can only leave them unchecked for a whole process, which serves more connections than this one.
    if (config.insecure === true) {
      throw new Error(
        "the stand-in checks each certificate: insecure needs the real plugin (REHEARSAL_PLUGINS=installed)",
      );
    }
    const { url, token } = settings(config);
    const client = new AuthentikClient({
      url: url as string,
      token: token as string,
      headers: (config.headers ?? {}) as Record<string, string>,
    });
    return { resources: connected(() => client), lookups: lookups(client) };
  },

  disconnected: {
    resources: connected(() => {
      throw new Error("the provider was not configured");
    }),
    lookups: {},
  },
};

function missing(property: string) {
  return { property, reason: `Missing required property '${property}'` };
}
