import { z } from "zod";
import { generate, newId } from "./ids";
import { CATEGORIES, ConnectError, FIELD_TYPES, PURPOSES, type Field, type Item } from "./types";

const section = z.object({ id: z.string().optional(), label: z.string().optional() });
const field = z.object({
  id: z.string().optional(),
  type: z.enum(FIELD_TYPES).default("STRING"),
  purpose: z.enum(PURPOSES).optional(),
  label: z.string().optional(),
  value: z.string().optional(),
  section: section.optional(),
  generate: z.boolean().optional(),
  recipe: z
    .object({
      length: z.number().int().min(1).max(64).optional(),
      characterSets: z.array(z.enum(["LETTERS", "DIGITS", "SYMBOLS"])).optional(),
    })
    .nullish(),
});
const item = z.object({
  id: z.string().optional(),
  title: z.string().default(""),
  vault: z.object({ id: z.string() }),
  category: z.enum(CATEGORIES),
  urls: z
    .array(z.object({ href: z.string(), label: z.string().optional(), primary: z.boolean().optional() }))
    .nullish(),
  favorite: z.boolean().default(false),
  tags: z.array(z.string()).nullish(),
  sections: z.array(section).nullish(),
  fields: z.array(field).nullish(),
});

/** The parts of an item that a client decides. */
export type ItemContent = Omit<Item, "version" | "createdAt" | "updatedAt" | "lastEditedBy">;

/**
 * Checks and completes an item that a client sent: ids and generated passwords are filled in. It must name a vault, but the
 * path's counts: the provider sends a vault's name there when a program gave one.
 *
 * @throws ConnectError 400; the message names places, never values.
 */
export function readItem(body: unknown, vaultId: string, itemId: string | undefined): ItemContent {
  const parsed = item.safeParse(body);
  if (!parsed.success) {
    const places = parsed.error.issues.map(({ path }) => path.join(".") || "body");
    throw new ConnectError(400, `Invalid item: ${[...new Set(places)].join(", ")}`);
  }
  const sent = parsed.data;
  if (itemId !== undefined && sent.id !== itemId)
    throw new ConnectError(400, "Invalid item: id is not the path's");

  const sections = (sent.sections ?? []).map(({ id, label }) => ({
    id: id || newId(),
    ...(label && { label }),
  }));
  const fields = (sent.fields ?? []).map((entry) => readField(entry, sections));
  if (new Set(fields.map(({ id }) => id)).size !== fields.length) {
    throw new ConnectError(400, "Invalid item: two fields have one id");
  }
  return {
    id: itemId ?? newId(),
    title: sent.title,
    vault: { id: vaultId },
    category: sent.category,
    urls: (sent.urls ?? []).map(({ href, label, primary }) => ({
      href,
      ...(label && { label }),
      ...(primary && { primary }),
    })),
    favorite: sent.favorite,
    tags: sent.tags ?? [],
    sections,
    fields,
    files: [],
  };
}

function readField(sent: z.infer<typeof field>, sections: readonly { id: string; label?: string }[]): Field {
  const where = sent.section?.id;
  const home = where === undefined ? undefined : sections.find(({ id }) => id === where);
  if (where !== undefined && !home)
    throw new ConnectError(400, "Invalid item: a field's section is not declared");
  const value = sent.generate ? generate(sent.recipe ?? {}) : sent.value;
  return {
    id: sent.id || newId(),
    type: sent.type,
    ...(sent.purpose && { purpose: sent.purpose }),
    ...(sent.label !== undefined && { label: sent.label }),
    ...(value && { value }),
    ...(home && { section: home }),
  };
}
