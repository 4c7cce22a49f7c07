import type { Resource, Values } from "../../../systems/pulumi/deployment";
import { withoutRawState } from "./raw-state";

interface Field {
  readonly label: string;
  readonly [property: string]: unknown;
}
interface Section {
  readonly id: string;
  readonly label: string;
  readonly fields?: readonly Field[] | null;
}

/**
 * An imported 1Password item in the format in which the program declares it. The provider reads the sections of an
 * unknown item as a list, and sorts its tags; once both are as declared, later reads keep them
 * (onepassword_item_resource.go and model_to_state.go of 3.3.1).
 *
 * @param wanted what the program registers
 */
export function asDeclared(resource: Resource, wanted: Values): Resource {
  const turn = ({ sections, tags, ...rest }: Values): Values => ({
    ...rest,
    ...(Array.isArray(sections) && sections.length > 0 && { sectionMap: mapOf(sections as Section[]) }),
    ...(tags !== undefined && { tags: sameTags(tags, wanted["tags"]) ? wanted["tags"] : tags }),
  });
  return {
    ...resource,
    inputs: turn(resource.inputs ?? {}),
    outputs: turn(withoutRawState(resource.outputs ?? {})),
  };
}

function mapOf(sections: readonly Section[]): Values {
  return Object.fromEntries(
    sections.map(({ id, label, fields }) => [
      label,
      // Empty values stay: otherwise the provider would fill them in, and show a change.
      {
        id,
        fieldMap: Object.fromEntries(
          (fields ?? []).map(({ label: name, ...field }) => [name, { value: "", ...field }]),
        ),
      },
    ]),
  );
}

function sameTags(found: unknown, wanted: unknown): boolean {
  if (!Array.isArray(found) || !Array.isArray(wanted)) return false;
  return JSON.stringify([...(found as string[])].sort()) === JSON.stringify([...(wanted as string[])].sort());
}
