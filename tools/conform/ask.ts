import { CookieJar } from "tough-cookie";
import { Totp } from "../../rehearsal/mission/second-factor";
import { request } from "../../systems/http/request";
import type { Fact } from "./fact";
import { plain, plainAddress, type Names, type Plain, shape } from "./plain";

/** One server that is asked. */
export interface Side {
  /** For errors: "the real Forgejo". */
  readonly name: string;
  /** Without a slash at its end. */
  readonly url: string;
  /** Its release, by the name that the stand-in has for it. */
  readonly flavour: string;
  /** The header's value that the side's own token goes with. */
  readonly authorization: string;
  /** Paths of facts are below it, but for those that begin with a slash. */
  readonly base: string;
  /** Headers that are compared beside those of every system. */
  readonly headers?: readonly string[];
  /** Cookies go as to a registry behind TLS, which is where it stands. */
  readonly behindTls?: true;
}

/** What a run of the table keeps of one side. */
export interface Memory {
  readonly ns: string;
  readonly kept: Record<string, unknown>;
  readonly jars: Map<string, CookieJar>;
  /** Codes by time of the person who set them up, each used once. */
  readonly codes: Totp;
}

export interface Answered {
  readonly status: number;
  readonly headers: Readonly<Record<string, Plain>>;
  readonly body: Plain;
}

export function newMemory(ns: string, known: Readonly<Record<string, unknown>> = {}): Memory {
  return { ns, kept: { ...known }, jars: new Map(), codes: new Totp() };
}

/** A question holds a name that nothing stands for: the answer that was to tell it did not. */
export class UnknownName extends Error {
  override readonly name = "UnknownName";
}

/** Headers that the product reads. */
const HEADERS = ["allow", "x-total-count", "www-authenticate"];
const TIMEOUT_MS = 60_000;

/** Asks one question of one side. @throws SystemError where there is no answer */
export async function ask(side: Side, fact: Fact, memory: Memory): Promise<Answered> {
  let answered: Answered | undefined;
  for (let i = 0; i < (fact.times ?? 1); i++)
    answered = await askOnce(side, fact, { ...memory, kept: { ...memory.kept, i: String(i) } }, memory.kept);
  if (!answered) throw new Error(`${fact.shows}: asked no times`);
  return answered;
}

async function askOnce(
  side: Side,
  fact: Fact,
  before: Memory,
  keep: Record<string, unknown>,
): Promise<Answered> {
  const [method = "GET", path = ""] = filledText(fact.ask, before).split(/ (.*)/s);
  const url = path.startsWith("http") ? path : `${side.url}${path.startsWith("/") ? "" : side.base}${path}`;
  const jar = jarOf(fact, before);
  const cookieUrl = side.behindTls === true ? url.replace(/^http:/, "https:") : url;
  const cookies = jar ? await jar.getCookieString(cookieUrl) : "";
  const memory = {
    ...before,
    kept: { ...(await valuesOfNow(fact, before, jar, cookieUrl)), ...before.kept },
  };
  const body = bodyOf(fact, memory);
  const reply = await request({
    peer: { name: side.name, setting: "its address" },
    action: fact.shows,
    method,
    url,
    headers: {
      accept: "application/json",
      ...(body !== undefined && { "content-type": "application/json" }),
      ...authorizationOf(side, fact, memory),
      ...(cookies !== "" && { cookie: cookies }),
      ...Object.fromEntries(
        Object.entries(fact.headers ?? {}).map(([name, value]) => [name, filledText(value, memory)]),
      ),
    },
    body,
    timeoutMs: TIMEOUT_MS,
  });
  for (const cookie of reply.headers.getSetCookie())
    await jar?.setCookie(cookie, cookieUrl, { ignoreError: true });
  const type = reply.headers.get("content-type")?.split(";")[0] ?? "";
  const content = contentOf(reply.text, type);
  const location = reply.headers.get("location");
  for (const [name, place] of Object.entries(fact.keep ?? {}))
    keep[name] =
      location !== null && /^location[./]/.test(place)
        ? ofAddress(new URL(location, side.url), place)
        : at(content, place);
  const { i: _i, ...known } = before.kept;
  const names: Names = { url: side.url, ns: memory.ns, kept: { ...known, ...keep } };
  const told = [...HEADERS, ...(side.headers ?? [])].flatMap((name) => {
    const value = name === "set-cookie" ? cookiesOf(reply.headers) : reply.headers.get(name);
    return value === null ? [] : [[name, plain(value, names)] as const];
  });
  const all = plain(content, names);
  return {
    status: reply.status,
    headers: {
      type,
      ...Object.fromEntries(told),
      ...(location !== null && { location: plainAddress(location, names) }),
    },
    body: all,
  };
}

/** As far as the fact says that two answers are to be compared. */
export function comparable({ compare = "all" }: Fact, { status, headers, body }: Answered): Plain {
  if (compare === "code") return { status };
  const compared = compare === "all" ? body : compare === "shape" ? shape(body) : undefined;
  return { status, headers: { ...headers }, ...(compared !== undefined && { body: compared }) };
}

/** What stands for itself at this moment alone: the browser's cookies by their names, and a code by time. */
async function valuesOfNow(
  { body }: Fact,
  { kept, codes }: Memory,
  jar: CookieJar | undefined,
  url: string,
): Promise<Record<string, unknown>> {
  const cookies = (await jar?.getCookies(url)) ?? [];
  const own = Object.fromEntries(cookies.map(({ key, value }) => [key, value]));
  const config = kept["totpConfig"];
  if (typeof config !== "string" || !JSON.stringify(body ?? "").includes("{totp}")) return own;
  if (!codes.isSetUp) codes.learn(config);
  return { ...own, totp: await codes.code() };
}

function bodyOf({ body }: Fact, memory: Memory): string | undefined {
  if (body === undefined) return undefined;
  return typeof body === "string" ? filledText(body, memory) : JSON.stringify(filled(body, memory));
}

function jarOf({ as }: Fact, { jars }: Memory): CookieJar | undefined {
  if (as?.kind !== "browser") return undefined;
  const jar = jars.get(as.name) ?? new CookieJar();
  jars.set(as.name, jar);
  return jar;
}

function authorizationOf(side: Side, { as }: Fact, memory: Memory): Record<string, string> {
  if (as === undefined) return { authorization: side.authorization };
  const scheme = side.authorization.split(" ", 1)[0] ?? "";
  if (as.kind === "token") return { authorization: `${scheme} ${filledText(as.token, memory)}` };
  if (as.kind === "bearer") return { authorization: `Bearer ${filledText(as.token, memory)}` };
  if (as.kind !== "basic") return {};
  const pair = `${filledText(as.user, memory)}:${filledText(as.password, memory)}`;
  return { authorization: `Basic ${Buffer.from(pair).toString("base64")}` };
}

/** `location/` is the last part of its path, `location.code` a parameter. */
function ofAddress({ pathname, searchParams }: URL, place: string): string | null | undefined {
  return place === "location/"
    ? pathname.split("/").at(-1)
    : searchParams.get(place.slice("location.".length));
}

/** What a browser does with them, without their values and what a clock gives. */
function cookiesOf(headers: Headers): string | null {
  const all = headers.getSetCookie().map((each) => {
    const [pair = "", ...attributes] = each.split(/;\s*/);
    return [
      pair.split("=", 1)[0],
      ...attributes.filter((attribute) => !/^expires=/i.test(attribute)).sort(),
    ].join("; ");
  });
  return all.length === 0 ? null : all.sort().join(", ");
}

function contentOf(text: string, type: string): unknown {
  if (text === "") return null;
  if (!/^application\/(?:[\w.+-]+\+)?json$/.test(type)) return "{text}";
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return "{no JSON}";
  }
}

/** A request's value with what its names stand for: a text that is nothing but a name becomes the value itself. */
function filled(value: unknown, memory: Memory): unknown {
  if (typeof value === "string") {
    const whole = /^\{(\w+)\}$/.exec(value)?.[1];
    if (whole !== undefined && memory.kept[whole] !== undefined) return memory.kept[whole];
    return filledText(value, memory);
  }
  if (Array.isArray(value)) return value.map((each) => filled(each, memory));
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, filled(each, memory)]));
}

/** @throws UnknownName */
function filledText(value: string, { ns, kept }: Memory): string {
  return value.replaceAll(/\{(\w+)\}/g, (whole, name: string) => {
    if (name === "ns") return ns;
    if (name === "NS") return ns.toUpperCase().replaceAll("-", "_");
    const known = kept[name];
    if (typeof known === "string" || typeof known === "number") return String(known);
    throw new UnknownName(`an answer before lacked ${whole}`);
  });
}

function at(value: unknown, place: string): unknown {
  return place.split(".").reduce<unknown>((inner, key) => {
    return typeof inner === "object" && inner !== null ? Reflect.get(inner, key) : undefined;
  }, value);
}
