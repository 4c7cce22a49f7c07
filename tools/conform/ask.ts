import { CookieJar } from "tough-cookie";
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
}

/** What a run of the table keeps of one side. */
export interface Memory {
  readonly ns: string;
  readonly kept: Record<string, unknown>;
  readonly jars: Map<string, CookieJar>;
}

export interface Answered {
  readonly status: number;
  readonly headers: Readonly<Record<string, Plain>>;
  readonly body: Plain;
}

export function newMemory(ns: string, known: Readonly<Record<string, unknown>> = {}): Memory {
  return { ns, kept: { ...known }, jars: new Map() };
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
  memory: Memory,
  keep: Record<string, unknown>,
): Promise<Answered> {
  const [method = "GET", path = ""] = filledText(fact.ask, memory).split(/ (.*)/s);
  const url = `${side.url}${path.startsWith("/") ? "" : side.base}${path}`;
  const jar = jarOf(fact, memory);
  const cookies = jar ? await jar.getCookieString(url) : "";
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
  for (const cookie of reply.headers.getSetCookie()) await jar?.setCookie(cookie, url, { ignoreError: true });
  const type = reply.headers.get("content-type")?.split(";")[0] ?? "";
  const content = contentOf(reply.text, type);
  const location = reply.headers.get("location");
  for (const [name, place] of Object.entries(fact.keep ?? {}))
    keep[name] = place.startsWith("location.")
      ? new URL(location ?? "", side.url).searchParams.get(place.slice("location.".length))
      : at(content, place);
  const { i: _i, ...before } = memory.kept;
  const names: Names = { url: side.url, ns: memory.ns, kept: { ...before, ...keep } };
  const told = HEADERS.flatMap((name) => {
    const value = reply.headers.get(name);
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
  const compared = compare === "all" ? body : compare === "shape" ? shape(body) : undefined;
  return { status, headers: { ...headers }, ...(compared !== undefined && { body: compared }) };
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

function contentOf(text: string, type: string): unknown {
  if (text === "") return null;
  if (type !== "application/json") return "{text}";
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
