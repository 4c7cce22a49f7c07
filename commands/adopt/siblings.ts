import { z } from "zod";
import { askPulumi, type StackLocation } from "../../systems/pulumi/cli";
import { exportState } from "../../systems/pulumi/state";
import { type Resource, resourcesOf } from "../../systems/pulumi/deployment";
import { typeOf } from "../../systems/pulumi/plan";
import type { Finding } from "./survey";
import { OWN } from "../../systems/pulumi/types";

const stacks = z.array(z.looseObject({ name: z.string() }));

/** Another stack of this project manages an object that this one would adopt. Nothing was changed. */
export class HeldElsewhereError extends Error {
  override readonly name = "HeldElsewhereError";

  constructor(readonly lines: readonly string[]) {
    super(`nothing was adopted:\n${lines.map((line) => `  ${line}`).join("\n")}`);
  }
}

/**
 * Names the objects that other stacks of this project manage already, in the same backend. Two stacks with one object would
 * overwrite each other, and the destroy of one would delete it for the other. Their secrets are not decrypted.
 */
export async function heldElsewhere(at: StackLocation, findings: readonly Finding[]): Promise<string[]> {
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
        lines.push(`${what} is managed by the stack ${name}: release it there, or use another name here`);
    }
  }
  return lines;
}

/** Forgejo compares names of owners and repositories without case. */
function keyOf(type: string, id: string): string {
  return `${type} ${id.toLowerCase()}`;
}

/** The id for an import. A secret's id in the state is only the end of it; the URL comes first. */
function whereOf({ id = "", outputs, type }: Resource): string {
  return type === OWN.actionsSecret ? `${String(outputs?.["url"])}/${id}` : id;
}
