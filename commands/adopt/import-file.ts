import { z } from "zod";
import type { Finding } from "./survey";

/*
 * The file that `pulumi preview --import-file` writes for everything that would be made, and that `pulumi import --file`
 * reads. Providers stand in it with their settings, encrypted by the stack's own key.
 */
const resource = z.looseObject({
  type: z.string(),
  name: z.string(),
  id: z.string().optional(),
  component: z.boolean().optional(),
  logicalName: z.string().optional(),
});
const schema = z.looseObject({ resources: z.array(resource).nullish() });
export type ImportFile = z.output<typeof schema>;

/**
 * Leaves in the file what exists, with its id, and the components that it stands under.
 *
 * @throws Error where the CLI wrote another form
 */
export function fillImportFile(text: string, findings: readonly Finding[]): ImportFile {
  const parsed = schema.safeParse(JSON.parse(text));
  if (!parsed.success) throw new Error("pulumi preview --import-file wrote a form that is not known");
  const ids = new Map(
    findings.filter(({ status }) => status === "there").map(({ urn, id }) => [keyOf(urn), id] as const),
  );
  const resources = (parsed.data.resources ?? []).flatMap((entry) => {
    if (entry.component === true) return [entry];
    const id = ids.get(`${entry.type}::${entry.logicalName ?? entry.name}`);
    return id === undefined ? [] : [{ ...entry, id }];
  });
  return { ...parsed.data, resources };
}

/** Type and logical name, which the import file has too; of a URN the last two parts. */
function keyOf(urn: string): string {
  const [, , types = "", ...name] = urn.split("::");
  return `${types.split("$").at(-1) ?? ""}::${name.join("::")}`;
}
