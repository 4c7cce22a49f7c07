import { resolve } from "node:path";
import type { Secret } from "../../config";
import type { Settings } from "../../config/schema";
import { openOnePassword, type SecretReader } from "../../systems/onepassword";
import { projectName, readSettings } from "./settings";
import { type StateResource, readState } from "../../systems/pulumi/state";

export { PulumiError } from "../../systems/pulumi/run";
export type { StateResource } from "../../systems/pulumi/state";

/** A stack as seen by a command outside of Pulumi: its settings, its state, and its secrets. */
export interface StackAccess {
  /** Namespace of the settings, from Pulumi.yaml. */
  readonly project: string;
  readonly stack: string;
  readonly settings: Settings;
  readonly onepassword: SecretReader;
  /** The environment of a deploy. */
  readonly environment: NodeJS.ProcessEnv;
  /** A secret setting in clear; a reference is read from 1Password, once. @throws OnePasswordError, FieldError */
  secret(setting: Secret): Promise<string>;
  /** The resources of the last deploy with their secrets in clear; requested once. @throws PulumiError */
  state(): Promise<readonly StateResource[]>;
}

export interface StackOptions {
  readonly stack: string;
  /** Folder of Pulumi.yaml; default: this checkout. */
  readonly project?: string;
  /** Default: the project's Pulumi.<stack>.yaml. */
  readonly configFile?: string | undefined;
  /** The environment of a deploy: Pulumi's backend and passphrase, access to 1Password. */
  readonly environment?: NodeJS.ProcessEnv;
}

/**
 * Reads a stack's settings through the Pulumi CLI; nothing else is contacted until it is needed.
 *
 * @throws PulumiError, SettingsError
 */
export async function openStack(options: StackOptions): Promise<StackAccess> {
  const {
    stack,
    configFile,
    environment = process.env,
    project: folder = resolve(__dirname, "../.."),
  } = options;
  const at = { stack, configFile, environment, project: folder };
  const project = await projectName(folder);
  const settings = await readSettings(at, project);
  const onepassword = openOnePassword(settings.onepassword, environment);
  let state: Promise<readonly StateResource[]> | undefined;
  return {
    project,
    stack,
    settings,
    onepassword,
    environment,
    secret: async (setting) =>
      setting.kind === "value" ? setting.value : onepassword.read(setting.reference),
    state: () => (state ??= readState(at)),
  };
}
