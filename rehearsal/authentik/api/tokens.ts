import type { FastifyInstance } from "fastify";
import type { Token } from "../objects";
import { find, generateId, newUuid, type Store } from "../store";
import { bool, choice, field, Invalid, nullable, required, slug, text } from "./fields";
import type { Kind } from "./kind";
import { reference, unique } from "./references";
import { Refusal } from "./refusal";
import { type Authenticate, findById } from "./rest";
import { presentUser } from "./users";

/** What a token lives that expires and was given no date, and the latest date of an app password: default_token_duration of a fresh tenant. */
const LIFETIME_MS = 1_800_000;

const expires = nullable(
  field((value) => {
    const time = typeof value === "string" ? Date.parse(value) : NaN;
    if (Number.isNaN(time)) {
      const formats = "YYYY-MM-DDThh:mm[:ss[.uuuuuu]][+HH:MM|-HH:MM|Z]";
      throw new Invalid([`Datetime has wrong format. Use one of these formats instead: ${formats}.`]);
    }
    return new Date(time).toISOString();
  }),
);

/** Whose a token is was settled when it was made. */
const anyUser = reference(["users"], { numeric: true });
const user = field((value, store, self) => {
  const parsed = anyUser.parse(value, store, self);
  if (self && Reflect.get(self, "user") !== parsed) throw new Invalid(["User cannot be changed"]);
  return parsed;
});

export const tokens: Kind<Token> = {
  path: "core/tokens",
  app: "authentik_core",
  model: "Token",
  table: (store) => store.tokens,
  id: ({ identifier }) => identifier,
  fields: {
    identifier: required(
      unique("tokens", "identifier", slug(), "Token with this identifier already exists."),
    ),
    intent: choice("verification", "api", "recovery", "app_password"),
    user,
    description: text({ blank: true }),
    expires,
    expiring: bool(),
  },
  create: (_store, asker) => newToken(asker),
  // Also of an update: a PATCH of the description alone makes it an API token of whoever sent it.
  unsent: (sent, asker, store, self) => ({
    ...(sent.user === undefined && { user: asker }),
    ...(sent.intent === undefined && { intent: "api" as const }),
    // Who is no superuser makes tokens for nobody else, whatever they send, and none that does not expire.
    ...(!self && !store.isSuperuserOf(asker) && { user: asker, expiring: true, madeBy: asker }),
  }),
  owner: ({ user: pk }) => pk,
  validate({ expires: end, expiring, intent }, sent): Record<string, string[]> | undefined {
    if (intent !== "api" && intent !== "app_password") return { intent: [`Invalid intent ${intent}`] };
    const latest = Date.now() + LIFETIME_MS;
    const tooLong = expiring && sent.expires !== undefined && end !== null && Date.parse(end) > latest;
    if (intent !== "app_password" || !tooLong) return undefined;
    return { expires: [`Token expires exceeds maximum lifetime (${new Date(latest).toISOString()} UTC).`] };
  },
  // Of API tokens the date cannot be chosen, and those that do not expire have one, too (authentik/core/api/tokens.py).
  assigned(row) {
    if (row.intent === "api" || (row.expiring && row.expires === null)) row.expires = lifetimeEnd();
  },
  shown: (row, _store, _query, asker) => row.user === asker,
  conditions: {
    user__username: (row, value, store) => store.users.get(row.user)?.username === value,
  },
  present: presentToken,
  filters: ["identifier", "intent", "description", "expires", "expiring", "managed"],
  search: ["identifier", "intent", "description"],
  order: ["identifier", "expires"],
};

const lifetimeEnd = (): string => new Date(Date.now() + LIFETIME_MS).toISOString();

export function newToken(user: number): Token {
  return {
    pk: newUuid(),
    managed: null,
    identifier: "",
    intent: "api",
    user,
    description: "",
    expires: null,
    expiring: true,
    madeBy: null,
    key: generateId(60),
  };
}

function presentToken({ key: _key, madeBy: _madeBy, ...row }: Token, store: Store): object {
  const user = store.users.get(row.user);
  return { ...row, user_obj: user ? presentUser(user, store) : null };
}

export function serveTokenActions(server: FastifyInstance, store: Store, authenticate: Authenticate): void {
  server.get("/api/v3/core/tokens/:id/view_key/", (request) => {
    const asker = authenticate(request);
    const { id } = request.params as { id: string };
    const own = find(store.tokens, ({ identifier, madeBy }) => identifier === id && madeBy === asker);
    // Not even whose it is may see it, unless they made it.
    if (!own) authenticate(request, "authentik_core.view_token_key");
    return { key: findById(tokens, store, request).key };
  });
  server.post("/api/v3/core/tokens/:id/set_key/", (request, reply) => {
    authenticate(request, "authentik_core.set_token_key");
    const token = findById(tokens, store, request);
    const key: unknown = Reflect.get(Object(request.body), "key");
    if (typeof key !== "string" || key === "") throw new Refusal(400, { key: ["This field is required."] });
    token.key = key;
    return reply.code(204).send();
  });
}
