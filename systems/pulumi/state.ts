import { ANSWERS_WITHIN, pulumi, type StackLocation } from "./cli";
import { type Deployment, parseDeployment, resourcesOf, revealed, type Values } from "./deployment";
import { nameOf, typeOf } from "./plan";
import { packageOf } from "./types";

/** The stack's state, its secrets encrypted. @throws PulumiError, StateFormError */
export async function exportState(site: StackLocation): Promise<Deployment> {
  return parseDeployment(await pulumi(site, ["stack", "export"], ANSWERS_WITHIN));
}

/** Replaces the stack's state in one step. It goes over a pipe: the CLI encrypts its plain-text secrets. */
export async function importState(site: StackLocation, state: Deployment): Promise<void> {
  await pulumi(site, ["stack", "import"], { input: JSON.stringify(state) });
}

/** One resource of the state, with its secrets in clear. */
export interface StateResource {
  readonly urn: string;
  readonly type: string;
  readonly id?: string | undefined;
  readonly inputs: Values;
  readonly outputs: Values;
}

/** The resources of the last deploy; none if there was no deploy. @throws PulumiError, StateFormError */
export async function readState(site: StackLocation): Promise<StateResource[]> {
  const state = parseDeployment(await pulumi(site, ["stack", "export", "--show-secrets"], ANSWERS_WITHIN));
  return resourcesOf(state)
    .filter((resource) => resource.delete !== true)
    .map(({ urn, type, id, inputs = {}, outputs = {} }) => ({
      urn,
      type,
      id,
      inputs: revealed(inputs) as Values,
      outputs: revealed(outputs) as Values,
    }));
}

/** A resource of a stack's state. */
export interface ManagedResource {
  readonly urn: string;
  readonly type: string;
  readonly name: string;
  readonly id: string;
  readonly protect: boolean;
  readonly adopted: boolean;
  /** Its owner, if it belongs to a user. */
  readonly username?: string;
}

/**
 * Every object of a stack's state that exists in a system; no secret is decrypted. @throws PulumiError,
 * StateFormError
 */
export async function managedResources(site: StackLocation): Promise<ManagedResource[]> {
  return resourcesOf(await exportState(site))
    .filter(({ custom, type }) => custom && packageOf(type) !== "pulumi")
    .map(({ urn, id = "", protect = false, outputs }) => ({
      urn,
      type: typeOf(urn),
      name: nameOf(urn),
      id,
      protect,
      adopted: outputs?.["adopted"] === true,
      ...(typeof outputs?.["username"] === "string" && { username: outputs["username"] }),
    }));
}
