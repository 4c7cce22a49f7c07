import * as pulumi from "@pulumi/pulumi";
import { parseSettings } from "./load";
import type { Settings } from "./schema";

export { issuerUrl, redirectUrls } from "./derived";
export type { Secret, SecretOrKey } from "./fields";
export type { OpReference } from "../systems/onepassword/op-reference";
export { SettingsError } from "./problems";
export type { Settings } from "./schema";

/**
 * The settings of the current stack, from `Pulumi.<stack>.yaml`.
 *
 * @throws SettingsError with every problem at once, before anything was contacted.
 */
export function loadSettings(): Settings {
  const namespace = pulumi.getProject();
  const prefix = `${namespace}:`;
  const raw: Record<string, string> = {};
  for (const [key, value] of Object.entries(pulumi.runtime.allConfig())) {
    if (key.startsWith(prefix)) raw[key.slice(prefix.length)] = value;
  }
  return parseSettings(namespace, raw, (key) => runtime.isConfigSecret(`${prefix}${key}`));
}

// @pulumi/pulumi exports this function but marks it internal, which keeps it out of its type declarations; without
// it, whether a key was encrypted can only be learned by reading the stack's file a second time.
const runtime = pulumi.runtime as typeof pulumi.runtime & { isConfigSecret(key: string): boolean };
