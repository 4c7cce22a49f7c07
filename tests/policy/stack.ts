import { applyCommand, applyInput } from "../../systems/host/payload";
import { assignments, splitScript } from "../../systems/host/shell";
import type { Declared, Inputs } from "../../policy/declared";
import { types } from "../../policy/types";
import type { AccessControl } from "../../systems/zot/access";
import type { Access } from "../../systems/zot/grants";
import { homelabAccess } from "../support/access";
import { renderConfig, renderFallbackConfig } from "../../systems/zot/config/render";
import { desired, layout } from "../systems/host/support/example";

export const REGISTRY = "https://registry.example.org";

export function declare(type: string, inputs: Inputs, { name = "it", protect = false } = {}): Declared {
  return { urn: `urn:pulumi:s::p::${type}::${name}`, type, name, protect, inputs };
}

const CONFIGS = ["ZA_CONFIG", "ZA_FALLBACK"];

export const access = homelabAccess();

const zot = {
  zotVersion: "2.1.20",
  externalUrl: REGISTRY,
  credentialsFile: "/home/zot/.config/zot/oidc-credentials.json",
  oidc: {
    issuer: "https://sso.example.org/application/o/zot/",
    scopes: ["openid"],
    usernameClaim: "preferred_username",
    groupsClaim: "groups",
  },
  access,
  base: { storage: { rootDirectory: "/home/zot/data" }, http: { address: "127.0.0.1", port: "5050" } },
};

/** The command that brings the configs to the host, with what `change` leaves of the access control in them. */
export function deploy(
  change: (control: AccessControl) => unknown = () => undefined,
  names = CONFIGS,
): Declared {
  const config = renderConfig(zot);
  const host = { ...desired(), config, fallbackConfig: renderFallbackConfig(config) };
  const { values: sent, rest } = splitScript(applyInput(layout(), host));
  for (const name of names) {
    const config = JSON.parse(sent[name] ?? "") as { http: { accessControl?: AccessControl } };
    const control = config.http.accessControl;
    if (control && change(control) === null) delete config.http.accessControl;
    sent[name] = JSON.stringify(config, null, 2);
  }
  return declare(types.command, { create: applyCommand("g1"), stdin: assignments(sent) + rest });
}

export const oidcProvider = (url: string, mode = "strict"): Declared =>
  declare(types.oidcProvider, {
    allowedRedirectUris: [{ matching_mode: mode, url, redirect_uri_type: "authorization" }],
  });

export const application = declare(types.application, { metaLaunchUrl: REGISTRY });

export const apiKey = (inputs: Inputs = {}): Declared =>
  declare(types.apiKey, {
    registryUrl: REGISTRY,
    username: "zot-ci",
    groups: ["artifact-workloads"],
    lifetimeDays: 90,
    ...inputs,
  });

export const accessProof = (proven: Access, group = "artifact-workloads"): Declared =>
  declare(types.accessProof, {
    registryUrl: REGISTRY,
    zotVersion: "2.1.20",
    access: proven as unknown as Inputs,
    pushers: [{ name: "zot-ci", groups: [group], scratchRepository: "blumeops/access-proof" }],
  });
