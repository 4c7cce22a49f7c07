import * as pulumi from "@pulumi/pulumi";
import { z } from "zod";
import { readAssignments } from "../host/shell";

const answer = z.object({
  outputs: z.record(
    z.string(),
    z.looseObject({ outputs: z.looseObject({ stdin: z.string().optional() }).optional() }),
  ),
});

/**
 * zot's config as the last deploy sent it, from this stack's own state: all that a preview has to compare with while the host
 * cannot be asked. An invoke of the engine itself (pkg/resource/deploy/builtins.go), as StackReference is one.
 *
 * @param resource Name of the command that sends it.
 * @returns undefined before the first deploy, or where the engine does not tell.
 */
export async function lastDeployedConfig(resource: string): Promise<string | undefined> {
  const stackName = `${pulumi.getOrganization()}/${pulumi.getProject()}/${pulumi.getStack()}`;
  try {
    const told: unknown = await pulumi.runtime.invoke("pulumi:pulumi:readStackResourceOutputs", {
      stackName,
    });
    const { outputs } = answer.parse(told);
    const [, sent] =
      Object.entries(outputs).find(([urn]) => urn.endsWith(`$command:remote:Command::${resource}`)) ?? [];
    return readAssignments(sent?.outputs?.stdin ?? "")["ZA_CONFIG"];
  } catch (error) {
    await pulumi.log.debug(`the last deploy's config: ${error instanceof Error ? error.name : "unknown"}`);
    return undefined;
  }
}
