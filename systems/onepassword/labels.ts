import { z } from "zod";
import type { VaultField } from "./reader";

export const url = z.looseObject({ href: z.string(), primary: z.boolean().optional() });
export const file = z.looseObject({ name: z.string().default("without a name") });

/** An item as Connect and `op` both print it, limited to its fields. */
interface Fields {
  readonly fields: readonly {
    readonly id: string;
    readonly label?: string | undefined;
    readonly purpose?: string | undefined;
    readonly value?: string | undefined;
    readonly section?: { readonly id: string } | undefined;
  }[];
  readonly sections: readonly { readonly id: string; readonly label?: string | undefined }[];
  readonly files: readonly z.output<typeof file>[];
  readonly urls: readonly z.output<typeof url>[];
}

/** Labels of the fields with a value; in a section `section/field`. Files and further URLs are named by their kind. */
export function labelsOf({ fields, sections, files, urls }: Fields): string[] {
  const sectionLabels = new Map(sections.map(({ id, label = id }) => [id, label]));
  const labels = fields
    .filter(({ value = "" }) => value !== "")
    .map(({ id, label = id, purpose = "", section }) => {
      if (purpose !== "") return id;
      return section === undefined ? label : `${sectionLabels.get(section.id) ?? section.id}/${label}`;
    });
  return [
    ...labels,
    ...files.map(({ name }) => `file ${name}`),
    ...urls.filter(({ primary }) => primary !== true).map(({ href }) => `URL ${href}`),
  ];
}

/**
 * The values of an item, field by field, with the names that references use: a field in the section without a label
 * has only its own label.
 */
export function valuesOf({ fields, sections }: Pick<Fields, "fields" | "sections">): VaultField[] {
  const labels = new Map(sections.map(({ id, label }) => [id, label]));
  return fields.flatMap(({ id, label = "", purpose = "", section, value = "" }) => {
    if (value === "") return [];
    const name = purpose !== "" || label === "" ? id : label;
    const inside = section && labels.get(section.id);
    return [{ section: inside === "" ? undefined : inside, label: name, value }];
  });
}
