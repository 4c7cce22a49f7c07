/** An item as Connect and `op` both print it, as far as its fields go. */
interface Fields {
  readonly fields: readonly {
    readonly id: string;
    readonly label?: string | undefined;
    readonly purpose?: string | undefined;
    readonly value?: string | undefined;
    readonly section?: { readonly id: string } | undefined;
  }[];
  readonly sections: readonly { readonly id: string; readonly label?: string | undefined }[];
}

/** Labels of the fields that hold something; of one in a section `section/field`. */
export function labelsOf({ fields, sections }: Fields): string[] {
  const sectionLabels = new Map(sections.map(({ id, label = id }) => [id, label]));
  return fields
    .filter(({ value = "" }) => value !== "")
    .map(({ id, label = id, purpose = "", section }) => {
      if (purpose !== "") return id;
      return section === undefined ? label : `${sectionLabels.get(section.id) ?? section.id}/${label}`;
    });
}
