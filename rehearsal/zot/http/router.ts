import type { Call, Handler } from "./call";

export interface Route {
  methods: string[] | "any";
  /** Of the path as it was sent; named groups become the call's vars. */
  pattern: RegExp;
  handler: Handler;
}

export type Match = { handler: Handler; vars: Record<string, string> } | { status: 404 | 405 };

/** As gorilla/mux does: the first route that fits; 405 where only the method does not, and before anybody is asked who he is. */
export function findRoute(routes: Route[], method: string, path: string): Match {
  let status: 404 | 405 = 404;
  for (const { methods, pattern, handler } of routes) {
    const match = pattern.exec(path);
    if (!match) continue;
    if (methods === "any" || methods.includes(method)) return { handler, vars: decoded(match.groups ?? {}) };
    status = 405;
  }
  return { status };
}

function decoded(groups: Record<string, string>): Record<string, string> {
  return Object.fromEntries(Object.entries(groups).map(([key, value]) => [key, unescape(value)]));
}

function unescape(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

const COMPONENT = "[a-z0-9]+(?:(?:[._]|__|-+)[a-z0-9]+)*";

/** A path below /v2/ of a repository, e.g. `manifests/(?<reference>[^/]+)`. */
export function inRepository(rest: string): RegExp {
  return new RegExp(`^/v2/(?<name>${COMPONENT}(?:/${COMPONENT})*)/${rest}$`);
}

/** Wraps a handler from the outermost to the innermost. */
export function chain(wrappers: ((next: Handler) => Handler)[], handler: Handler): Handler {
  return wrappers.reduceRight((next, wrap) => wrap(next), handler);
}

/** Sets headers first. */
export function before(prepare: (call: Call) => void, handler: Handler): Handler {
  return (call) => {
    prepare(call);
    return handler(call);
  };
}
