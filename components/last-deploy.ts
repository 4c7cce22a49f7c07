import * as pulumi from "@pulumi/pulumi";
import { z } from "zod";
import { sentConfig } from "../systems/host/payload";
import { AUTHENTIK, ITEM, KUBERNETES, REMOTE_COMMAND } from "../systems/pulumi/types";

const answer = z.object({ outputs: z.record(z.string(), z.looseObject({ outputs: z.unknown() })) });
const command = z.looseObject({ stdin: z.string() });
const item = z.looseObject({
  uuid: z.string(),
  tags: z.array(z.string()).default([]),
  username: z.string().optional(),
});

const cluster = z.looseObject({ context: z.string() });

/** A 1Password item as the last deploy left it. */
export type DeployedItem = z.output<typeof item>;

/**
 * zot's config as the last deploy sent it. A preview compares with it while the host is unreachable.
 *
 * @param resource Name of the command that sends it.
 * @returns its text in JSON and its file name; undefined before the first deploy, or if the engine does not report
 * it.
 */
export async function lastDeployedConfig(resource: string): Promise<ReturnType<typeof sentConfig>> {
  const sent = await deployed(`$${REMOTE_COMMAND}::${resource}`, command);
  return sentConfig(sent?.stdin ?? "");
}

/**
 * The item of a pusher's key, and the note beside it. An earlier version knew one pusher, and used other names for
 * its resources.
 *
 * @returns undefined if the state has none, or the engine does not report it
 */
export async function lastDeployedItems(
  pusher: string,
): Promise<{ item?: DeployedItem | undefined; note?: DeployedItem | undefined }> {
  const of = (name: string) => deployed(`$${ITEM}::${name}`, item);
  const [own, ownNote] = await Promise.all([
    of(`${pusherName(pusher)}-item`),
    of(`${pusherName(pusher)}-note`),
  ]);
  if (own) return { item: own, note: ownNote };
  const [before, note] = await Promise.all([of(`${FORMER_NAME}-item`), of(`${FORMER_NAME}-note`)]);
  return before?.username === pusher ? { item: before, note } : {};
}

/** Name prefix of the resources of a pusher's key. */
export const pusherName = (pusher: string): string => `pusher-${pusher}`;
/** The prefix of the only pusher that an earlier version knew. */
export const FORMER_NAME = "ci-credential";

let told: Promise<unknown> | undefined;

/**
 * Whether this stack's own state has a resource.
 *
 * @returns undefined if the engine does not report it.
 */
export async function isHeld(type: string, name: string): Promise<boolean | undefined> {
  const outputs = await heldOutputs();
  return outputs && Object.keys(outputs).some((urn) => urn.endsWith(`$${type}::${name}`));
}

/** Groups and accounts in the state, by their names in Authentik: those that this program created. */
export async function heldAccounts(): Promise<{ groups: string[]; users: string[] }> {
  const outputs = Object.entries((await heldOutputs()) ?? {});
  const namesOf = (type: string, property: string) =>
    outputs
      .filter(([urn]) => urn.includes(`$${type}::`))
      .flatMap(([, { outputs: values }]) => {
        const name = (values as Record<string, unknown> | undefined)?.[property];
        return typeof name === "string" ? [name] : [];
      });
  return { groups: namesOf(AUTHENTIK.group, "name"), users: namesOf(AUTHENTIK.user, "username") };
}

/** Contexts of the clusters with resources in the state. */
export async function heldClusters(): Promise<string[]> {
  const outputs = Object.entries((await heldOutputs()) ?? {});
  return outputs
    .filter(([urn]) => urn.includes(`$${KUBERNETES.provider}::`))
    .flatMap(([, { outputs: values }]) => {
      const found = cluster.safeParse(values);
      return found.success ? [found.data.context] : [];
    });
}

/**
 * A resource's outputs in this stack's own state: an invoke of the engine itself (pkg/resource/deploy/builtins.go),
 * as StackReference uses. It returns the stored state, regardless of a refresh in this run. Requested once.
 */
async function deployed<T>(urnEnd: string, schema: z.ZodType<T>): Promise<T | undefined> {
  const outputs = await heldOutputs();
  const found = Object.entries(outputs ?? {}).find(([urn]) => urn.endsWith(urnEnd));
  const read = found && schema.safeParse(found[1].outputs);
  if (read?.error) await pulumi.log.debug(`the last deploy's ${urnEnd} has another form`);
  return read?.data;
}

async function heldOutputs(): Promise<z.output<typeof answer>["outputs"] | undefined> {
  try {
    const stackName = `${pulumi.getOrganization()}/${pulumi.getProject()}/${pulumi.getStack()}`;
    told ??= pulumi.runtime.invoke("pulumi:pulumi:readStackResourceOutputs", { stackName });
    return answer.parse(await told).outputs;
  } catch (error) {
    await pulumi.log.debug(`the last deploy's state: ${error instanceof Error ? error.name : "unknown"}`);
    return undefined;
  }
}
