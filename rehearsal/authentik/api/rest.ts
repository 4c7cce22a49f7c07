import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import type { Store } from "../store";
import { type Mode, parseBody } from "./body";
import { type Kind, rightTo } from "./kind";
import { lacks, present, presentWritten } from "./present";
import { listAnswer } from "./list";
import { Refusal, refuse, refuseMethod } from "./refusal";

/** Finds out who asks, or refuses; those too who lack a right that is named. */
export type Authenticate = (request: FastifyRequest, right?: string) => number;

/** The routes of one kind: list, create, read, replace, patch, delete, with the statuses of Django REST framework. */
export function serveKind<Row extends object>(
  server: FastifyInstance,
  store: Store,
  kind: Kind<Row>,
  authenticate: Authenticate,
): void {
  const collection = `/api/v3/${kind.path}/`;
  const one = `${collection}:id/`;
  const table = kind.table(store);

  const many = kind.create ? ["POST"] : [];
  const single = kind.create ? ["PUT", "PATCH", "DELETE"] : ["DELETE"];
  for (const [url, taken] of [
    [collection, many],
    [one, single],
  ] as const) {
    const method = (["POST", "PUT", "PATCH", "DELETE"] as const).filter((each) => !taken.includes(each));
    const handler = (request: FastifyRequest): never => {
      authenticate(request, rightTo("view", kind));
      throw refuseMethod(request.method);
    };
    const there = url === collection ? ["POST"] : ["PUT", "PATCH"];
    for (const each of method) {
      const takenThere = kind.writtenThere === true && there.includes(each);
      server.route({
        method: each,
        url,
        handler,
        config: { refuses: true, ...(takenThere && { takenThere }) },
      });
    }
  }

  server.get(collection, (request) => {
    const asker = authenticate(request, kind.shown === undefined ? rightTo("view", kind) : undefined);
    return listAnswer(kind, store, queryOf(request), asker);
  });
  const create = kind.create?.bind(kind);
  if (create)
    server.post(collection, (request, reply) => {
      const asker = authenticate(request, kind.owner ? undefined : rightTo("add", kind));
      const row = save(kind, store, request.body, { mode: "create", asker, base: create(store, asker) });
      return reply.code(201).send(presentWritten(kind, row, store, queryOf(request), request.body));
    });
  server.get(one, (request) => present(kind, found(request, "view").row, store, queryOf(request)));
  const write = (mode: Mode) => (request: FastifyRequest) => {
    const { asker, row: base } = found(request, "change");
    const row = save(kind, store, request.body, { mode, asker, base });
    return presentWritten(kind, row, store, queryOf(request), request.body);
  };
  if (create) {
    server.put(one, write("replace"));
    server.patch(one, write("patch"));
  }
  server.delete(one, (request, reply: FastifyReply) => {
    const { row } = found(request, "delete");
    for (const [key, each] of table) if (each === row) table.delete(key);
    kind.removed?.(row, store);
    return reply.code(204).send();
  });

  function found(request: FastifyRequest, verb: Parameters<typeof rightTo>[0]) {
    const right = rightTo(verb, kind);
    const asker = authenticate(request, kind.owner ? undefined : right);
    const row = findById(kind, store, request);
    if (kind.owner && kind.owner(row) !== asker && !store.may(asker, right)) throw notFound(kind);
    return { asker, row };
  }
}

export function findById<Row extends object>(kind: Kind<Row>, store: Store, request: FastifyRequest): Row {
  const { id } = request.params as { id: string };
  for (const row of kind.table(store).values()) if (kind.id(row) === id) return row;
  throw notFound(kind);
}

const notFound = ({ model }: Pick<Kind<never>, "model">) =>
  refuse(404, `No ${model} matches the given query.`);

interface Saving<Row> {
  readonly mode: Mode;
  readonly asker: number;
  /** The row as it is, or a fresh one with the model's defaults. */
  readonly base: Row;
}

function save<Row extends object>(
  kind: Kind<Row>,
  store: Store,
  body: unknown,
  { asker, base, mode }: Saving<Row>,
): Row {
  const self = mode === "create" ? undefined : base;
  const fields = Object.entries(kind.fields).filter(([name]) => !lacks(kind, store).includes(name));
  const { clean, errors } = parseBody(Object.fromEntries(fields), body, mode, store, self);
  if (Object.keys(errors).length > 0) throw new Refusal(400, errors);
  // The fields' names are the row's own; what is not kept in the row is taken over by `assigned`.
  Object.assign(clean, kind.unsent?.(clean as Partial<Row>, asker, store, self));
  const next = { ...base, ...(clean as Partial<Row>) };
  const problem = kind.validate?.(next, clean as Partial<Row>, store, self);
  if (problem !== undefined) {
    throw new Refusal(400, typeof problem === "string" ? { non_field_errors: [problem] } : problem);
  }
  const row = Object.assign(base, ownValues(base, clean));
  if (!self) kind.table(store).set(keyOf(row), row);
  kind.assigned?.(row, clean, store);
  return row;
}

function ownValues<Row extends object>(row: Row, clean: Record<string, unknown>): Partial<Row> {
  return Object.fromEntries(Object.entries(clean).filter(([name]) => name in row)) as Partial<Row>;
}

function keyOf(row: object): string | number {
  const key: unknown = Reflect.get(row, "pk");
  if (typeof key === "string" || typeof key === "number") return key;
  throw new TypeError("a row needs a pk");
}

export function queryOf(request: FastifyRequest): URLSearchParams {
  return new URL(request.url, "http://localhost").searchParams;
}
