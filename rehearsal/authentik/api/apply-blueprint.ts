import type { FastifyInstance, FastifyRequest } from "fastify";
import { isMap, isScalar, isSeq, type Node, parseDocument } from "yaml";
import { blueprints } from "./overviews";
import { Refusal } from "./refusal";
import { type Authenticate, findById } from "./rest";
import type { Store } from "../store";

/*
 * Applies a blueprint as `ak apply_blueprint` does (authentik/blueprints/v1/importer.py), over the stand-in's own API, so that what the API
 * refuses is refused here too. Known are the tags !KeyOf, !Find, !Env, !Context and !Format; the real one knows conditions, enumerations
 * and files as well, and applies all or nothing, where this one stops at what is refused.
 */

/** Where the API serves each model, and what stands in the address of one of its objects. */
const MODELS: Readonly<Record<string, { readonly path: string; readonly id: string }>> = {
  "authentik_core.group": { path: "core/groups", id: "pk" },
  "authentik_core.user": { path: "core/users", id: "pk" },
  "authentik_core.token": { path: "core/tokens", id: "identifier" },
  "authentik_core.application": { path: "core/applications", id: "slug" },
  "authentik_providers_oauth2.oauth2provider": { path: "providers/oauth2", id: "pk" },
  "authentik_providers_oauth2.scopemapping": { path: "propertymappings/provider/scope", id: "pk" },
  "authentik_crypto.certificatekeypair": { path: "crypto/certificatekeypairs", id: "pk" },
  "authentik_policies.policybinding": { path: "policies/bindings", id: "pk" },
  "authentik_flows.flow": { path: "flows/instances", id: "slug" },
  "authentik_flows.flowstagebinding": { path: "flows/bindings", id: "pk" },
  "authentik_stages_password.passwordstage": { path: "stages/password", id: "pk" },
  "authentik_stages_identification.identificationstage": { path: "stages/identification", id: "pk" },
  "authentik_stages_user_login.userloginstage": { path: "stages/user_login", id: "pk" },
};
/** Applies another blueprint, one that Authentik ships: all of these are there already. */
const META = "authentik_blueprints.metaapplyblueprint";

type Values = Record<string, unknown>;
interface Row extends Values {
  readonly pk: string | number;
}
interface Api {
  send(method: "GET" | "POST" | "PATCH" | "DELETE", path: string, body?: unknown): Promise<unknown>;
}
interface Reading {
  readonly api: Api;
  readonly context: Values;
  /** What entries made, by their id. */
  readonly made: Map<string, Row>;
}

export function serveBlueprintActions(
  server: FastifyInstance,
  store: Store,
  authenticate: Authenticate,
): void {
  server.post("/api/v3/managed/blueprints/:id/apply/", async (request) => {
    authenticate(request, "authentik_blueprints.change_blueprintinstance");
    const row = findById(blueprints, store, request);
    await apply(row.content, row.context, innerApi(server, request));
    Object.assign(row, { status: "successful", last_applied: new Date().toISOString() });
    return row;
  });
}

function innerApi(server: FastifyInstance, { headers }: FastifyRequest): Api {
  return {
    async send(method, path, body) {
      const { authorization = "" } = headers;
      const answer = await server.inject({
        method,
        url: `/api/v3/${path}`,
        headers: { authorization },
        ...(body !== undefined && { payload: body as object }),
      });
      if (answer.statusCode >= 300)
        throw new Refusal(400, { content: [`${method} ${path.split("?")[0] ?? ""}: ${answer.body}`] });
      return answer.body === "" ? undefined : (JSON.parse(answer.body) as unknown);
    },
  };
}

async function apply(content: string, context: Values, api: Api): Promise<void> {
  const document = parseDocument(content, { logLevel: "silent" });
  if (document.errors.length > 0 || !isMap(document.contents)) throw invalid("is not valid YAML");
  const entries = document.contents.get("entries");
  if (!isSeq(entries)) throw invalid("has no entries");
  const defaults = document.contents.get("context");
  const reading: Reading = { api, context, made: new Map() };
  const own = isMap(defaults) ? ((await valueOf(defaults, reading)) as Values) : {};
  const all: Reading = { ...reading, context: { ...own, ...context } };
  for (const entry of entries.items) await applyEntry(entry, all);
}

async function applyEntry(node: Node, reading: Reading): Promise<void> {
  const entry = (await valueOf(node, reading)) as Values;
  const model = String(entry["model"]);
  if (model === META) return;
  const known = MODELS[model];
  if (!known) throw invalid(`has the model ${model}, which the stand-in does not know`);
  const identifiers = withoutNull(entry["identifiers"]);
  const attrs = withoutNull(entry["attrs"]);
  const state = entry["state"] ?? "present";
  const existing = await find(reading.api, known.path, identifiers);
  const at = existing && `${known.path}/${String(existing[known.id])}/`;
  if (state === "absent") {
    if (at) await reading.api.send("DELETE", at);
    return;
  }
  if (state === "must_created" && existing) throw invalid(`has an entry of ${model} that exists already`);
  const { password, ...values } = { ...identifiers, ...attrs };
  const row = !at
    ? await reading.api.send("POST", `${known.path}/`, values)
    : state === "created"
      ? existing
      : await reading.api.send("PATCH", at, values);
  if (typeof password === "string")
    await reading.api.send("POST", `core/users/${String((row as Row).pk)}/set_password/`, { password });
  if (typeof entry["id"] === "string") reading.made.set(entry["id"], row as Row);
}

/** The object that has all of these values; one that is told by nothing is none. */
async function find(api: Api, path: string, identifiers: Values): Promise<Row | undefined> {
  if (Object.keys(identifiers).length === 0) return undefined;
  const rows: Row[] = [];
  for (let page = 1; page > 0;) {
    const answer = (await api.send("GET", `${path}/?page=${page}&page_size=100`)) as {
      pagination: { next: number };
      results: Row[];
    };
    rows.push(...answer.results);
    page = answer.pagination.next;
  }
  return rows.find((row) => Object.entries(identifiers).every(([name, value]) => row[name] === value));
}

async function valueOf(node: unknown, reading: Reading): Promise<unknown> {
  if (isScalar(node)) return tagged(node.tag, [node.value], reading);
  if (isSeq(node)) {
    const items: unknown[] = [];
    for (const item of node.items) items.push(await valueOf(item, reading));
    return node.tag?.startsWith("!") ? tagged(node.tag, items, reading) : items;
  }
  if (!isMap(node)) return null;
  const values: Values = {};
  for (const { key, value } of node.items)
    values[String(isScalar(key) ? key.value : key)] = await valueOf(value, reading);
  return values;
}

async function tagged(tag: string | undefined, args: unknown[], reading: Reading): Promise<unknown> {
  const [first, ...rest] = args;
  switch (tag) {
    case "!KeyOf": {
      const row = reading.made.get(String(first));
      if (!row) throw invalid(`refers to ${String(first)}, which no entry before it is`);
      return row.pk;
    }
    case "!Find": {
      const known = MODELS[String(first)];
      const pairs = rest.map((pair) => (Array.isArray(pair) ? (pair as unknown[]) : []));
      const wanted = Object.fromEntries(pairs.map(([name, value]) => [String(name), value]));
      return known ? ((await find(reading.api, known.path, wanted))?.pk ?? null) : null;
    }
    case "!Env":
      return process.env[String(first)] ?? rest[0] ?? null;
    case "!Context":
      return reading.context[String(first)] ?? rest[0] ?? null;
    case "!Format":
      return rest.reduce<string>((text, value) => text.replace("%s", String(value)), String(first));
    case undefined:
      return first;
    default:
      if (tag.startsWith("!")) throw invalid(`has the tag ${tag}, which the stand-in does not know`);
      return first;
  }
}

/** What a variable of the environment would have been is left to the model's default. */
function withoutNull(values: unknown): Values {
  const given = typeof values === "object" && values !== null ? values : {};
  return Object.fromEntries(Object.entries(given).filter(([, value]) => value !== null));
}

function invalid(problem: string): Refusal {
  return new Refusal(400, { content: [`Failed to validate blueprint: it ${problem}`] });
}
