import type { CheckFailure, Properties } from "../../plugin";
import { UNKNOWN } from "../../../../systems/pulumi/values";
import type { ResourceKind } from "../provider";
import { ConnectError, type ConnectClient } from "./client";
import type { Field, Item } from "./item-types";
import { fillSections, fromSections, toSections, type SectionMap } from "./sections";

const CATEGORIES = ["login", "password", "database", "secure_note"];
const FIELD_TYPES = ["STRING", "CONCEALED", "EMAIL", "URL", "OTP", "DATE", "MONTH_YEAR", "MENU"];
const NOT_OFFERED = [
  "sections",
  "passwordRecipes",
  "passwordWo",
  "passwordWoVersion",
  "noteValueWo",
  "noteValueWoVersion",
];
const DATABASE_FIELDS = ["hostname", "database", "port", "type"];

/**
 * The resource Item of onepassword 3.3.1: it owns the whole item. Sections are given by `sectionMap`; recipes and write-only
 * values are refused here, though the real one takes them. Source: the provider's `onepassword_item_resource.go`.
 */
export function itemKind(client: () => ConnectClient): ResourceKind {
  return {
    defaults: { category: "login" },
    computed: ["uuid", "password"],
    replacedOn: ["vault", "category"],
    validate,
    // Tags in another order are other tags, but a read keeps the order that is known.
    same: () => false,
    fill: (planned, state) => {
      const sections = planned.sectionMap;
      if (sections === undefined || sections === UNKNOWN) return planned;
      const old = (state?.sectionMap ?? {}) as SectionMap;
      return { ...planned, sectionMap: fillSections(sections as SectionMap, old) };
    },

    async create(inputs) {
      const { id: _id, ...item } = toItem("", inputs);
      const created = await client().create(item);
      return { id: idOf(created), outputs: toState(created, inputs) };
    },
    async read(id, known) {
      const [, vault = "", , item = ""] = id.split("/");
      try {
        const found = await client().item(vault, item);
        return { id: idOf(found), outputs: toState(found, known) };
      } catch (error) {
        if (error instanceof ConnectError && error.status === 404) return undefined;
        throw error;
      }
    },
    async update(_id, olds, planned) {
      const updated = await client().update(toItem(olds.uuid as string, planned));
      return toState(updated, planned);
    },
    async delete(_id, { vault, uuid }) {
      await client().delete(vault as string, uuid as string);
    },
  };
}

function validate(inputs: Properties): CheckFailure[] {
  const { category, sectionMap } = inputs;
  const failures: CheckFailure[] = NOT_OFFERED.filter((name) => inputs[name] !== undefined).map(
    (property) => ({
      property,
      reason: "is not offered by the stand-in",
    }),
  );
  if (category !== undefined && category !== UNKNOWN && !CATEGORIES.includes(text(category).toLowerCase())) {
    failures.push({ property: "category", reason: `expected one of ${CATEGORIES.join(", ")}` });
  }
  if (typeof sectionMap !== "object" || sectionMap === null) return failures;
  for (const [label, section] of Object.entries(sectionMap as SectionMap)) {
    for (const [name, { type }] of Object.entries(section.fieldMap ?? {})) {
      if (type !== undefined && type !== UNKNOWN && !FIELD_TYPES.includes(type)) {
        const property = `sectionMap.${label}.fieldMap.${name}.type`;
        failures.push({ property, reason: `expected one of ${FIELD_TYPES.join(", ")}` });
      }
    }
  }
  return failures;
}

export function idOf(item: Item): string {
  return `vaults/${item.vault.id}/items/${item.id}`;
}

function toItem(id: string, inputs: Properties): Item {
  const sections = toSections((inputs.sectionMap ?? {}) as SectionMap);
  return {
    id,
    title: text(inputs.title),
    vault: { id: text(inputs.vault) },
    category: text(inputs.category).toUpperCase(),
    tags: (inputs.tags ?? []) as string[],
    urls: [{ primary: true, href: text(inputs.url) }],
    sections: sections.sections ?? [],
    fields: [...ownFields(text(inputs.category), inputs), ...(sections.fields ?? [])],
  };
}

/** The fields that an item of the category has by itself; a password that is not given is generated. */
function ownFields(category: string, inputs: Properties): Field[] {
  const purposed = category === "login" || category === "password";
  const password = text(inputs.password);
  const username: Field = {
    ...plainField("username", inputs.username),
    ...(purposed && { purpose: "USERNAME" }),
  };
  const secret: Field = {
    ...plainField("password", password),
    type: "CONCEALED",
    ...(purposed && { purpose: "PASSWORD" }),
    generate: password === "",
  };
  const notes: Field = { ...plainField("notesPlain", inputs.noteValue), purpose: "NOTES" };
  switch (category) {
    case "login":
      return [username, secret, notes];
    case "password":
      return [secret, notes];
    case "database":
      return [username, secret, ...DATABASE_FIELDS.map((name) => databaseField(name, inputs[name])), notes];
    default:
      return [notes];
  }
}

function databaseField(name: string, value: unknown): Field {
  return { ...plainField(name, value), ...(name === "type" && { id: "database_type" }) };
}

function plainField(name: string, value: unknown): Field {
  return { id: name, label: name, type: "STRING", value: text(value) };
}

function toState(item: Item, known: Properties): Properties {
  const sections = fromSections(item);
  const own = (item.fields ?? []).filter(({ section }) => !section);
  const valueOf = (purpose: string, label: string) => {
    const field = own.find((one) => one.purpose === purpose) ?? own.find((one) => one.label === label);
    return field?.value || (known[label] === "" ? "" : undefined);
  };
  const tags = item.tags ?? [];
  return {
    uuid: item.id,
    vault: item.vault.id,
    category: item.category.toLowerCase(),
    title: item.title || undefined,
    url: item.urls?.find(({ primary }) => primary)?.href || undefined,
    tags: sameTags(known.tags, tags) ? known.tags : tags.length > 0 ? [...tags].sort() : undefined,
    username: valueOf("USERNAME", "username"),
    password: valueOf("PASSWORD", "password"),
    noteValue: valueOf("NOTES", "notesPlain"),
    ...Object.fromEntries(DATABASE_FIELDS.map((name) => [name, valueOf("-", name)])),
    // Sections of an item that declares none show up as a list, and so as a difference.
    ...(known.sectionMap !== undefined ? { sectionMap: sections } : listOf(sections)),
  };
}

function listOf(sections: SectionMap): Properties {
  const list = Object.entries(sections).map(([label, { id, fieldMap = {} }]) => ({
    id,
    label,
    fields: Object.entries(fieldMap).map(([name, field]) => ({ ...field, label: name })),
  }));
  return list.length > 0 ? { sections: list } : {};
}

function sameTags(before: unknown, after: unknown): boolean {
  if (!Array.isArray(before) || !Array.isArray(after)) return false;
  return JSON.stringify([...(before as string[])].sort()) === JSON.stringify([...(after as string[])].sort());
}

function text(value: unknown): string {
  return typeof value === "string" && value !== UNKNOWN ? value : "";
}
