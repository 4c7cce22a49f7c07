/**
 * Answers in a form in which two servers can be compared: what each of them makes up (keys, times, tokens, addresses) goes by a
 * name in braces. Nothing secret is left in it.
 */
export type Plain = string | number | boolean | null | Plain[] | { [key: string]: Plain };

export interface Names {
  readonly url: string;
  /** Of the things that were made for the comparison. */
  readonly ns: string;
  /** What earlier answers were asked to keep. */
  readonly kept: Readonly<Record<string, unknown>>;
}

const UUID = /[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/gi;
const TIME = /\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:\d\d)?/g;
const JWT = /^[\w-]{8,}\.([\w-]{8,})\.[\w-]*$/;
const HEX = /\b[0-9a-f]{32,}\b/g;
/** Values that open something, are made up for each answer, or are as a setting of the server says (how its users look). */
const MADE_UP =
  /^(?:avatar|key|.*secret|access_token|refresh_token|uid|kid|n|x5c|x5t|x5t#S256|at_hash|c_hash|sid|jti|client_id_issued_at|build_hash|sha1?|token)$/i;
/** Numbers that a database or a clock gives. */
const COUNTED =
  /^(?:id|pk|num_pk|user|provider|iat|exp|nbf|auth_time|users|number|attributeVersion|contentVersion|items|index)$/;
/** Sets in a database, which gives them in any order. */
const UNORDERED = /^(?:property_mappings)$/;
/** Words of a set, which Python gives in another order from one start of the server to the next. */
const WORDS = /^scope$/;
/** Of an object of 1Password; those of accounts are written in capitals. */
const CONNECT_ID = /^(?:[a-z2-7]{26}|[A-Z2-7]{26})$/;

/** What `value` is, with the names of what is made up. @param key under which it stands */
export function plain(value: unknown, names: Names, key = ""): Plain {
  if (Array.isArray(value)) {
    const all = value.map((each) => plain(each, names, key));
    return UNORDERED.test(key)
      ? all.sort((one, other) => (JSON.stringify(one) < JSON.stringify(other) ? -1 : 1))
      : all;
  }
  if (typeof value === "object" && value !== null) {
    return Object.fromEntries(
      Object.entries(value)
        .map(([name, each]) => [text(name, names), plain(each, names, name)] as const)
        .sort(([one], [other]) => (one < other ? -1 : 1)),
    );
  }
  if (typeof value === "number") return COUNTED.test(key) ? "{number}" : value;
  if (typeof value === "boolean" || value === null) return value;
  if (typeof value !== "string") return "{nothing}";
  if (MADE_UP.test(key) && value !== "") return claims(value, names) ?? `{${key}}`;
  if (WORDS.test(key)) return value.split(" ").sort().join(" ");
  return claims(value, names) ?? text(value, names);
}

/** The claims of a token, of which the rest is its signature. */
function claims(value: string, names: Names): Plain | undefined {
  const payload = JWT.exec(value)?.[1];
  if (payload === undefined || !value.startsWith("ey")) return undefined;
  try {
    return { claims: plain(JSON.parse(Buffer.from(payload, "base64url").toString()), names) };
  } catch {
    return undefined;
  }
}

function text(value: string, { url, ns, kept }: Names): string {
  // What contains another comes first.
  let result = value
    .replaceAll(url, "{url}")
    .replaceAll(encodeURIComponent(url), "{url}")
    .replaceAll(new URL(url).host, "{host}")
    .replaceAll(ns, "{ns}")
    .replaceAll(ns.toUpperCase().replaceAll("-", "_"), "{NS}");
  for (const [name, each] of Object.entries(kept))
    if (typeof each === "string" && each !== "") result = result.replaceAll(each, `{${name}}`);
  result = result.replaceAll(UUID, "{uuid}").replaceAll(TIME, "{time}").replaceAll(HEX, "{hex}");
  return CONNECT_ID.test(result) ? "{id}" : result;
}

/** An address that an answer leads to: its path, and its query by keys in order. */
export function plainAddress(location: string, names: Names): Plain {
  const url = new URL(location, names.url);
  const query = [...url.searchParams].map(
    ([key, value]) => [key, key === "code" ? "{code}" : plain(value, names, key)] as const,
  );
  const origin = url.origin === new URL(names.url).origin ? "" : url.origin;
  return { to: text(origin + url.pathname, names), query: Object.fromEntries(query) };
}

/** The keys and types of a plain value; of a list those of its first entry. */
export function shape(value: Plain): Plain {
  if (Array.isArray(value)) return value[0] === undefined ? [] : [shape(value[0])];
  if (typeof value === "object" && value !== null)
    return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, shape(each)]));
  return value === null ? "null" : value === "{number}" ? "number" : typeof value;
}
