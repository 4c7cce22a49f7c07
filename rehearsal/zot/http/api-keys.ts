import { now } from "../clock";
import { parseGoTime } from "../go";
import { BodyTooLarge, readBody } from "./body";
import { end, endJson, type Call } from "./call";

/** Bytes (zot's pkg/api/constants). */
const MAX_BODY = 8 * 1024;

interface Wanted {
  label: string;
  scopes: string[] | null;
  /** RFC 3339; empty: never. */
  expirationDate: string;
}

/** `GET /zot/auth/apikey`. Whoever is anonymous gets 500, as in zot. */
export function listKeys(call: Call): void {
  const { username } = call.user;
  if (username === undefined) end(call, 500);
  else endJson(call, 200, { apiKeys: call.zot.users.list(username) });
}

/** `POST /zot/auth/apikey`. The date is judged before the caller. */
export async function mintKey(call: Call): Promise<void> {
  const { zot, request, user } = call;
  let wanted: Wanted | undefined;
  try {
    wanted = parse((await readBody(request, MAX_BODY)).toString("utf8"));
  } catch (error) {
    end(call, error instanceof BodyTooLarge ? 413 : 500);
    return;
  }
  const expires = wanted?.expirationDate ? parseGoTime(wanted.expirationDate) : undefined;
  if (!wanted || (wanted.expirationDate !== "" && (!expires || now() > expires.instant))) {
    end(call, 400);
    return;
  }
  if (user.username === undefined) {
    end(call, 500);
    return;
  }
  const { key, details } = zot.users.mint(user.username, {
    label: wanted.label,
    scopes: wanted.scopes,
    agent: request.headers["user-agent"] ?? "",
    ...(expires && { expires: expires.shown }),
  });
  endJson(call, 201, { ...details, apiKey: key });
}

/** What Go's decoder takes: an object or null, fields of the right type or absent; others are ignored. */
function parse(body: string): Wanted | undefined {
  let content: unknown;
  try {
    content = JSON.parse(body);
  } catch {
    return undefined;
  }
  if (typeof content !== "object" || Array.isArray(content)) return undefined;
  const fields = new Map(
    Object.entries(content ?? {}).map(([key, value]) => [key.toLowerCase(), value as unknown]),
  );
  const label = fields.get("label") ?? "";
  const expirationDate = fields.get("expirationdate") ?? "";
  const scopes = fields.get("scopes") ?? null;
  if (typeof label !== "string" || typeof expirationDate !== "string" || !isScopes(scopes)) return undefined;
  return { label, expirationDate, scopes };
}

function isScopes(value: unknown): value is string[] | null {
  return value === null || (Array.isArray(value) && value.every((each) => typeof each === "string"));
}

/** `DELETE /zot/auth/apikey?id=`: 200 for any id. */
export function revokeKey(call: Call): void {
  const [id, ...more] = call.query.getAll("id");
  const { username } = call.user;
  if (id === undefined || more.length > 0) {
    end(call, 400);
    return;
  }
  if (username === undefined) {
    end(call, 500);
    return;
  }
  call.zot.users.revoke(username, id);
  end(call, 200);
}
