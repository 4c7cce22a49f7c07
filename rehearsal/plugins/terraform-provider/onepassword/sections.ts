import { randomUUID } from "node:crypto";
import { UNKNOWN } from "../../../../systems/pulumi/values";
import type { Field, Item } from "./item-types";

/** `sectionMap` of an item: sections and fields by their labels. */
export type SectionMap = Readonly<Record<string, { readonly id?: string; readonly fieldMap?: FieldMap }>>;
type FieldMap = Readonly<
  Record<string, { readonly id?: string; readonly type?: string; readonly value?: string }>
>;

const DEFAULT_TYPE = "STRING";

/** Ids and values that the program leaves out are those of the state, or what the service will give. */
export function fillSections(planned: SectionMap, state: SectionMap): SectionMap {
  return mapValues(planned, (section, label) => ({
    id: section.id ?? state[label]?.id ?? UNKNOWN,
    fieldMap: mapValues(section.fieldMap ?? {}, (field, name) => {
      const old = state[label]?.fieldMap?.[name];
      return {
        id: field.id ?? old?.id ?? UNKNOWN,
        type: field.type ?? DEFAULT_TYPE,
        value: field.value ?? old?.value ?? UNKNOWN,
      };
    }),
  }));
}

export function toSections(sections: SectionMap): Pick<Item, "sections" | "fields"> {
  const entries = Object.entries(sections).map(([label, { id, fieldMap = {} }]) => {
    const section = { id: idOr(id), label };
    const fields = Object.entries(fieldMap).map(([name, field]): Field => {
      const { type = DEFAULT_TYPE } = field;
      const value = field.value === UNKNOWN ? undefined : field.value;
      return {
        id: idOr(field.id),
        type,
        label: name,
        section,
        ...(value !== undefined && { value: type === "DATE" ? toSeconds(value) : value }),
      };
    });
    return { section, fields };
  });
  return { sections: entries.map(({ section }) => section), fields: entries.flatMap(({ fields }) => fields) };
}

export function fromSections(item: Item): SectionMap {
  return Object.fromEntries(
    (item.sections ?? []).map(({ id, label = "" }) => [
      label,
      {
        id,
        fieldMap: Object.fromEntries(
          (item.fields ?? [])
            .filter(({ section }) => section?.id === id)
            .map(({ id: fieldId, label: name = "", type, value }) => [
              name,
              { ...(fieldId && { id: fieldId }), type, ...(value && { value: readable(type, value) }) },
            ]),
        ),
      },
    ]),
  );
}

/** Connect keeps dates as seconds; the provider sends noon in UTC, so that no time zone moves the day. */
function toSeconds(date: string): string {
  return String(Date.parse(`${date}T12:01:00Z`) / 1000);
}

export function readable(type: string, value: string): string {
  return type === "DATE" ? new Date(Number(value) * 1000).toISOString().slice(0, 10) : value;
}

function idOr(id: string | undefined): string {
  return id === undefined || id === UNKNOWN ? randomUUID() : id;
}

function mapValues<T, U>(
  map: Readonly<Record<string, T>>,
  to: (value: T, key: string) => U,
): Record<string, U> {
  return Object.fromEntries(Object.entries(map).map(([key, value]) => [key, to(value, key)]));
}
