import { probeHost } from "../../../systems/host/probe";
import { hostLayout, readSshKeys, sshTarget } from "../../../config/arguments";
import { scopeId } from "../../../systems/forgejo/scope";
import type { StackAccess } from "../../shared/stack";
import { ZotClient } from "../../../systems/zot/client";
import type { KeyInUse } from "../key-in-use";
import type { CompletedState, PlannedResource, SavedPlan } from "../../../systems/pulumi/saved-plan";
import { typeOf } from "../../../systems/pulumi/plan";
import { deployAsMade } from "./host";
import { proofAsMade, prove } from "./proof";
import { retiredAsMade } from "./retired";
import { OWN, REMOTE_COMMAND } from "../../../systems/pulumi/types";

/** A resource without an object in any system, with remarks for users. */
export type CompletedResource = CompletedState & { readonly lines: readonly string[] };

interface Known {
  readonly stack: StackAccess;
  readonly plan: SavedPlan;
  readonly keys: ReadonlyMap<string, KeyInUse>;
}

/**
 * The resources that only the program knows, for the state: the deploy to the host, the proof, the former keys, the
 * rule for undeclared secrets. Each is checked, so a mismatch shows as a change. Resources that depend on a missing
 * key are left out.
 */
export async function completeResources(
  known: Known,
  urns: readonly string[],
): Promise<Map<string, CompletedResource>> {
  const made = new Map<string, CompletedResource>();
  let deployed = false;
  // The deploy first: what was not deployed cannot have been proven.
  const ordered = [...urns].sort((left, right) => Number(isDeploy(right)) - Number(isDeploy(left)));
  for (const urn of ordered) {
    const planned = known.plan.get(urn);
    if (!planned?.state) continue;
    const own = await ownResource(urn, planned, known, deployed);
    if (own) made.set(urn, own);
    if (isDeploy(urn)) deployed = own?.lines.length === 0;
  }
  return made;
}

function isDeploy(urn: string): boolean {
  return typeOf(urn) === REMOTE_COMMAND;
}

async function ownResource(
  urn: string,
  planned: PlannedResource,
  { stack, keys }: Known,
  deployed: boolean,
): Promise<CompletedResource | undefined> {
  switch (typeOf(urn)) {
    case REMOTE_COMMAND: {
      const { inSync, ...made } = deployAsMade(urn, planned, await generationOn(stack));
      return { ...made, lines: inSync ? [] : ["not on the host yet: pulumi up deploys it"] };
    }
    case OWN.accessProof: {
      // It tests with all their keys.
      if (keys.size < Object.keys(stack.settings.pushers).length) return undefined;
      const version = String(planned.state?.["zotVersion"]);
      const proof = deployed
        ? await prove(stack, version, new Map([...keys].map(([name, { key }]) => [name, key])))
        : { line: "checked after the host was deployed to" };
      const made = proofAsMade(planned, proof);
      return made && { ...made, lines: [proof.line] };
    }
    case OWN.retiredKeys: {
      const username = String(planned.state?.["username"]);
      const key = keys.get(username);
      if (!key) return undefined;
      const { registryUrl } = stack.settings;
      const credential = { kind: "basic", username, password: key.key } as const;
      const listed = await new ZotClient(registryUrl).listApiKeys(credential);
      const made = retiredAsMade(planned, listed, new Date());
      const kept = made?.outputs["kept"] as readonly { uuid: string }[] | undefined;
      return (
        made && {
          ...made,
          lines: (kept ?? []).map(({ uuid }) => `key ${uuid} stays valid as pushers.${username}.oldKey says`),
        }
      );
    }
    case OWN.undeclaredSecrets: {
      const { owner, repository } = planned.state as { owner: string; repository?: string };
      return {
        id: scopeId({ owner, repository }),
        inputs: planned.state ?? {},
        outputs: planned.state ?? {},
        lines: [],
      };
    }
    default:
      return undefined;
  }
}

/** The token of the last deploy, from the host. @throws SshError if the host cannot be reached */
async function generationOn(stack: StackAccess): Promise<string | undefined> {
  const { settings } = stack;
  const target = sshTarget(settings, await readSshKeys(settings, (secret) => stack.secret(secret)));
  return (await probeHost(target, hostLayout(settings))).generation;
}
