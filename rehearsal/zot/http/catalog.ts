import { allowBrowsers, end, endError, endJson, type Call } from "./call";
import { isAllowed } from "./authz";

/** `GET /v2/`: whether this is a registry, and how to log in. */
export function checkVersion(call: Call): void {
  allowBrowsers(call, "GET,OPTIONS");
  if (call.method === "OPTIONS") return;
  call.response.setHeader("Docker-Distribution-Api-Version", "registry/2.0");
  if (call.zot.knowsUsers && call.request.headers["x-zot-api-client"] !== "zot-ui")
    call.response.setHeader("Www-Authenticate", `basic realm=${call.zot.config.realm}`);
  call.response.setHeader("Content-Type", "application/json");
  end(call, 200);
}

/**
 * `GET /v2/_catalog?n=&last=`: the repositories that the caller may read. zot gives a link to a next page as soon as `n`
 * is reached, even if nothing follows; an unknown `last` gives nothing.
 */
export function listRepositories(call: Call): void {
  allowBrowsers(call, "GET,OPTIONS");
  if (call.method === "OPTIONS") return;
  const { zot, query, response } = call;
  const last = query.get("last") ?? "";
  const n = /^[+-]?\d+$/.test(query.get("n") ?? "") ? Number(query.get("n")) : -1;
  const all = zot.layout.repositories();
  const start = last === "" ? 0 : all.indexOf(last) + 1;
  const readable =
    last !== "" && start === 0 ? [] : all.slice(start).filter((name) => isAllowed(call, "read", name));
  const repositories = n < 0 ? readable : readable.slice(0, n);
  const final = repositories.at(-1);
  if (n > 0 && repositories.length === n && final !== undefined)
    response.setHeader("Link", `</v2/_catalog?n=${n}&last=${final}>; rel="next"`);
  endJson(call, 200, { repositories });
}

/** `GET /v2/<name>/tags/list?n=&last=`, sorted; an unknown `last` is 404. */
export function listTags(call: Call): void {
  allowBrowsers(call, "GET,OPTIONS");
  if (call.method === "OPTIONS") return;
  const { zot, vars, query, response } = call;
  const { name = "" } = vars;
  const limits = query.getAll("n");
  const lasts = query.getAll("last");
  const n = limits.length === 0 ? Infinity : Number(limits[0]);
  if (limits.length > 1 || lasts.length > 1 || !limits.every((each) => /^\+?\d+$/.test(each))) {
    end(call, 400);
    return;
  }
  let tags: string[];
  try {
    tags = zot.layout.tags(name).sort();
  } catch {
    endError(call, 404, "NAME_UNKNOWN", { name });
    return;
  }
  const [last = ""] = lasts;
  const start = last === "" ? 0 : tags.indexOf(last) + 1;
  if (last !== "" && start === 0) {
    end(call, 404);
    return;
  }
  const page = tags.slice(start, start + n);
  const final = page.at(-1);
  if (final !== undefined && start + n < tags.length)
    response.setHeader("Link", `</v2/${name}/tags/list?n=${n}&last=${final}>; rel="next"`);
  endJson(call, 200, { name, tags: page });
}
