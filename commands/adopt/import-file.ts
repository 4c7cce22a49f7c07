import { z } from "zod";
import type { Finding } from "./survey";

/*
 * The file that `pulumi preview --import-file` writes for all resources to create, and that `pulumi import --file` reads. It
 * contains providers with their settings, encrypted with the stack's own key.
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
 * Keeps the resources that exist, with their ids, and the components.
 *
 * @throws Error if the CLI wrote another format
 */
export function fillImportFile(text: string, findings: readonly Finding[]): ImportFile {
  const parsed = schema.safeParse(JSON.parse(text));
  if (!parsed.success)
    throw new Error("pulumi preview --import-file wrote an unknown format: use Pulumi CLI 3.250.0");
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

/** Type and logical name, as in the import file: the last two parts of a URN. */
function keyOf(urn: string): string {
  const [, , types = "", ...name] = urn.split("::");
  return `${types.split("$").at(-1) ?? ""}::${name.join("::")}`;
}
