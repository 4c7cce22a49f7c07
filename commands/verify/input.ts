import { otherHolders, readSshKeys, type SshKeys } from "../../config/arguments";
import type { Settings } from "../../config/schema";
import type { SecretReader } from "../../systems/onepassword";
import type { StackAccess, StateResource } from "../shared/stack";
import type { MatrixIdentity } from "../../systems/zot/proof/types";
import { OWN } from "../../systems/pulumi/types";

/** A pusher's key from the last deploy. */
export interface DeployedKey {
  readonly username: string;
  readonly key: string;
  /** Zot's id of it. */
  readonly uuid: string;
  readonly label: string;
}

/** The input of verify before any request. Secrets are functions: one that cannot be read only fails its own check. */
export interface VerifyInput {
  readonly stack: string;
  readonly settings: Settings;
  /** For each pusher that has one. */
  readonly keys: readonly DeployedKey[];
  /** The identities of the settings, proof.admin and proof.outsider. */
  readonly holders: readonly MatrixIdentity[];
  /** The version for which the registry's config was written. */
  readonly deployedVersion: string | undefined;
  readonly authentikToken: () => Promise<string>;
  readonly forgejoToken: () => Promise<string>;
  readonly sshKeys: () => Promise<SshKeys>;
  readonly onepassword: SecretReader;
  /** The environment of a deploy, which selects the kubeconfig. */
  readonly environment: NodeJS.ProcessEnv;
}

/** @throws PulumiError, OnePasswordError, FieldError if a key to test with cannot be read */
export async function verifyInput({
  stack,
  settings,
  onepassword,
  ...access
}: StackAccess): Promise<VerifyInput> {
  const state = await access.state();
  const holders = await Promise.all(
    otherHolders(settings).map(async ({ key, ...holder }) => ({
      ...holder,
      password: await access.secret(key),
    })),
  );
  return {
    stack,
    settings,
    keys: deployedKeys(state),
    holders,
    deployedVersion: textOf(state, OWN.accessProof, "zotVersion"),
    authentikToken: () => access.secret(settings.authentik.token),
    forgejoToken: () => access.secret(settings.forgejo.token),
    sshKeys: () => readSshKeys(settings, (secret) => access.secret(secret)),
    onepassword,
    environment: access.environment,
  };
}

export function deployedKeys(state: readonly StateResource[]): DeployedKey[] {
  return state.flatMap(({ id: uuid, outputs, type }) => {
    const { username, key, label } = outputs;
    const isKey = type === OWN.apiKey && typeof username === "string" && typeof key === "string";
    return isKey && uuid !== undefined && typeof label === "string" ? [{ uuid, username, key, label }] : [];
  });
}

/** A text among a resource's outputs; the type is declared once. */
function textOf(state: readonly StateResource[], type: string, name: string): string | undefined {
  const resources = state.filter((resource) => resource.type === type);
  const values = resources.map(({ outputs }) => outputs[name]).filter((value) => typeof value === "string");
  return values[0];
}
