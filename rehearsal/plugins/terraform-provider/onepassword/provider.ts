import type { Properties } from "../../plugin";
import type { PackageSpec } from "../../schema/package-schema";
import packageSchema from "../../schemas/onepassword.json";
import type { BridgedProvider, Connected } from "../provider";
import { addressIn } from "../../../onepassword/service-account";
import { ConnectClient, SdkClient } from "./client";
import { itemKind } from "./item";
import { lookups } from "./lookups";

const CONFLICTS = [
  ["url", "connectUrl"],
  ["token", "connectToken"],
] as const;

function resources(client: () => ConnectClient): Connected["resources"] {
  return { "onepassword:index/item:Item": itemKind(client) };
}

/** 1Password/onepassword 3.3.1, over a Connect server or with a service account. */
export const onepassword: BridgedProvider = {
  schema: packageSchema as unknown as PackageSpec,

  validateConfig: (config) =>
    CONFLICTS.filter(([old, current]) => config[old] !== undefined && config[current] !== undefined).map(
      ([property, current]) => ({ property, reason: `conflicts with ${current}` }),
    ),

  connect(config) {
    const url = setting(config, ["url", "connectUrl"], "OP_CONNECT_HOST");
    const token = setting(config, ["token", "connectToken"], "OP_CONNECT_TOKEN");
    const serviceAccount = setting(config, ["serviceAccountToken"], "OP_SERVICE_ACCOUNT_TOKEN");
    const account = setting(config, ["account"], "OP_ACCOUNT");
    refuseConflicts(url ?? token, serviceAccount, account);
    if (account !== undefined) {
      throw new Error(
        "the stand-in knows no desktop app: it needs the real plugin (REHEARSAL_PLUGINS=installed)",
      );
    }
    if (serviceAccount !== undefined) {
      const client = new SdkClient(addressIn(serviceAccount), serviceAccount);
      return { resources: resources(() => client), lookups: lookups(client) };
    }
    if (url === undefined || token === undefined) {
      throw new Error(
        "Client init failure: Invalid provider configuration. Either Connect credentials (connectToken and connectUrl) or serviceAccountToken or account should be set.",
      );
    }
    const client = new ConnectClient(url, token);
    return { resources: resources(() => client), lookups: lookups(client) };
  },

  disconnected: {
    resources: resources(() => {
      throw new Error("the provider was not configured");
    }),
    lookups: {},
  },
};

/** The first setting that is given, else the environment's. */
function setting(config: Properties, names: readonly string[], variable: string): string | undefined {
  const given = names.map((name) => config[name]).find((value) => value !== undefined);
  return ((given as string | undefined) ?? process.env[variable]) || undefined;
}

function refuseConflicts(
  connect: string | undefined,
  serviceAccount: string | undefined,
  account: string | undefined,
) {
  if (connect !== undefined && (serviceAccount ?? account) !== undefined) {
    throw new Error(
      "Config conflict: Either Connect credentials (connectToken and connectUrl) or serviceAccountToken or account can be set. Multiple are set. Only one credential must be set.",
    );
  }
  if (serviceAccount !== undefined && account !== undefined) {
    throw new Error("Config conflict: serviceAccountToken and account are set. Please use only one of them.");
  }
}
