import { z } from "zod";
import { askPulumi, type Site } from "../../systems/pulumi/cli";
import { exportState } from "../../systems/pulumi/state";
import { type Resource, resourcesOf } from "../../systems/pulumi/deployment";
import { typeOf } from "../../systems/pulumi/plan";
import type { Finding } from "./survey";
import { OWN } from "../../systems/pulumi/types";

const stacks = z.array(z.looseObject({ name: z.string() }));

/** Another stack of this project holds what this one would take over. Nothing was changed. */
export class HeldElsewhereError extends Error {
  override readonly name = "HeldElsewhereError";

  constructor(readonly lines: readonly string[]) {
    super(`nothing was taken over:\n${lines.map((line) => `  ${line}`).join("\n")}`);
  }
}

/**
 * What would be taken over and other stacks of this project hold already, in the same backend: two that have one thing would
 * overwrite each other, and the destroy of one would take it from the other. No secret of theirs is decrypted.
 */
export async function heldElsewhere(at: Site, findings: readonly Finding[]): Promise<string[]> {
  const wanted = new Map(
    findings
      .filter(({ status }) => status === "there")
      .map(({ id = "", urn, what }) => [keyOf(typeOf(urn), id), what]),
  );
  if (wanted.size === 0) return [];
  const listed = stacks.parse(await askPulumi(at, ["stack", "ls", "--json"], { named: false }));
  const own = at.stack.split("/").at(-1);
  const lines: string[] = [];
  for (const { name } of listed) {
    if (name.split("/").at(-1) === own) continue;
    const held = resourcesOf(await exportState({ ...at, stack: name }));
    for (const resource of held.filter(({ custom }) => custom)) {
      const what = wanted.get(keyOf(resource.type, whereOf(resource)));
      if (what !== undefined)
        lines.push(`${what} is held by the stack ${name}: release it there, or name another here`);
    }
  }
  return lines;
}

/** Forgejo takes names of owners and repositories in any case. */
function keyOf(type: string, id: string): string {
  return `${type} ${id.toLowerCase()}`;
}

/** By which an adoption knows it: a secret by its URL, which its own id is only the end of. */
function whereOf({ id = "", outputs, type }: Resource): string {
  return type === OWN.actionsSecret ? `${String(outputs?.["url"])}/${id}` : id;
}
