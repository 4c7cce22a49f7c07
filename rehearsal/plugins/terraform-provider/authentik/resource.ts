import { isDeepStrictEqual } from "node:util";
import type { Properties } from "../../plugin";
import { isZero } from "../plan";
import type { ResourceKind } from "../provider";
import { AuthentikError, type AuthentikClient, type Json } from "./client";
import { snakeCase, type Field } from "./fields";
import type { ResourceTable } from "./table";
import { validateFields } from "./validate";

/** The life of one type of resource at Authentik, by its table. */
export function resourceKind(table: ResourceTable, client: () => AuthentikClient): ResourceKind {
  const fields = Object.entries(table.fields);
  const read = async (
    id: string,
    known: Properties,
  ): Promise<{ id: string; outputs: Properties } | undefined> => {
    const answer = await orGone(
      client().request("GET", one(table, id), {
        requiredKeys: table.answerKeys,
        ...(table.query && { query: table.query }),
      }),
    );
    if (!answer) return undefined;
    const outputs = {
      ...fromAnswer(table, answer, known),
      ...(await extras(table, client(), id, known, answer)),
    };
    return {
      id: String(answer[table.id]),
      outputs: { ...outputs, [table.idProperty]: String(answer[table.id]) },
    };
  };
  const readBack = async (id: string, known: Properties) => {
    const found = await read(id, known);
    if (!found) throw new Error(`${table.path}${id} is gone right after it was written; run pulumi refresh`);
    return found;
  };

  return {
    defaults: Object.fromEntries(
      fields.flatMap(([name, field]) => (field.default === undefined ? [] : [[name, field.default]])),
    ),
    computed: [
      ...fields.filter(([, field]) => field.computed).map(([name]) => name),
      ...Object.keys(table.outputs ?? {}),
      ...(table.computed ?? []),
      table.idProperty,
    ],
    // No resource of this provider asks for a replacement.
    replacedOn: [],
    validate: (inputs) => validateFields(table, inputs),
    same: (name, before, after) => sameValue(table.fields[name], before, after),

    async create(inputs) {
      const answer = await client().request("POST", table.path, {
        body: toBody(table, inputs),
        requiredKeys: table.answerKeys,
      });
      const id = String(answer[table.id]);
      if (inputs.password !== undefined) {
        await client().request("POST", `${table.path}${id}/set_password/`, {
          body: { password: inputs.password },
        });
      }
      return readBack(id, inputs);
    },
    read,
    async update(id, _olds, planned) {
      const answer = await client().request("PUT", one(table, id), {
        body: toBody(table, planned),
        requiredKeys: table.answerKeys,
      });
      return (await readBack(String(answer[table.id]), planned)).outputs;
    },
    async delete(id) {
      await orGone(client().request("DELETE", one(table, id)));
    },
  };
}

function one(table: ResourceTable, id: string): string {
  return `${table.path}${encodeURIComponent(id)}/`;
}

async function orGone<T>(answer: Promise<T>): Promise<T | undefined> {
  try {
    return await answer;
  } catch (error) {
    if (error instanceof AuthentikError && error.status === 404) return undefined;
    throw error;
  }
}

function toBody(table: ResourceTable, inputs: Properties): Json {
  return Object.fromEntries(
    Object.entries(table.fields).flatMap(([name, field]) => {
      // These are the provider's own switches or have a request of their own.
      if (name === "retrieveKey" || name === "password" || name === "jwksSources") return [];
      const value = inputs[name];
      const key = field.key ?? snakeCase(name);
      if (!isZero(value) || (value !== undefined && field.unset === "zero")) {
        return [[key, field.json ? JSON.parse(value as string) : value]];
      }
      if (field.unset === "omit") return [];
      return [[key, field.unset === "null" ? null : field.zero]];
    }),
  );
}

function fromAnswer(table: ResourceTable, answer: Json, known: Properties): Properties {
  const read = Object.entries(table.fields).map(([name, field]) => {
    const value = answer[field.key ?? snakeCase(name)];
    if (field.unread) return [name, known[name]];
    if (field.json)
      return [
        name,
        sameValue(field, known[name], JSON.stringify(value)) ? known[name] : JSON.stringify(value),
      ];
    return [name, Array.isArray(value) ? inKnownOrder(known[name], value) : (value ?? field.absent)];
  });
  const outputs = Object.entries(table.outputs ?? {}).map(([name, key]) => [name, answer[key]]);
  return Object.fromEntries([...read, ...outputs]) as Properties;
}

/** A token's key and what is left of its life are asked for, or reckoned, beside the object itself. */
async function extras(
  table: ResourceTable,
  client: AuthentikClient,
  id: string,
  known: Properties,
  answer: Json,
): Promise<Properties> {
  if (!table.computed?.includes("key")) return {};
  const expires = answer.expires as string | null | undefined;
  const expiresIn = expires ? Math.trunc((Date.parse(expires) - Date.now()) / 1000) : undefined;
  if (known.retrieveKey !== true) return { key: known.key, expiresIn };
  const { key } = await client.request("GET", `${one(table, id)}view_key/`, { requiredKeys: ["key"] });
  return { key, expiresIn };
}

/** Lists come back in any order: entries that are known keep their places, new ones follow. */
function inKnownOrder(known: unknown, found: unknown[]): unknown[] {
  if (!Array.isArray(known)) return found;
  const kept = known.filter((entry) => found.some((other) => isDeepStrictEqual(entry, other)));
  const added = found.filter((entry) => !known.some((other) => isDeepStrictEqual(entry, other)));
  return [...(kept as unknown[]), ...added];
}

function sameValue(field: Field | undefined, before: unknown, after: unknown): boolean {
  if (!field?.json) return isDeepStrictEqual(before, after);
  return isDeepStrictEqual(parsedJson(before), parsedJson(after));
}

function parsedJson(text: unknown): unknown {
  try {
    return JSON.parse(text as string) as unknown;
  } catch {
    return undefined;
  }
}
