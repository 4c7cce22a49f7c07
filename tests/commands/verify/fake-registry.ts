import fastify, { type FastifyReply, type FastifyRequest } from "fastify";
import type { AccessControl, Action } from "../../../systems/zot/access";
import { decide, type Subject } from "../../../systems/zot/decide";

/**
 * As much of zot's HTTP interface as the matrix asks, for the cases that no right registry shows: wrong answers, pages,
 * an empty catalog. It believes the user name and takes the password for the user's group. Not a registry: rehearsal/ has one.
 */
export interface Fake {
  url: string;
  repositories: Map<string, string[]>;
  /** Method and path of each request that changed something. */
  writes: string[];
  stop: () => Promise<void>;
}

export interface FakeOptions {
  ac: AccessControl;
  repositories?: Record<string, string[]>;
  pageSize?: number;
  /** As zot before 2.1.19: a push by digest is judged by its digest alone. */
  ignoresTagQuery?: boolean;
  /** Answers instead of zot where it returns a status. */
  misbehave?: (request: FastifyRequest) => number | undefined;
}

export async function startFake({
  ac,
  repositories = {},
  pageSize = 100,
  ignoresTagQuery = false,
  misbehave,
}: FakeOptions): Promise<Fake> {
  const server = fastify();
  const stored = new Map(Object.entries(repositories));
  const writes: string[] = [];
  server.removeAllContentTypeParsers();
  server.addContentTypeParser("*", { parseAs: "string" }, (_, body, done) => done(null, body));
  server.addHook("onRequest", (request, reply, next) => {
    const status = misbehave?.(request);
    if (status === undefined) next();
    else void reply.code(status).send("");
  });

  server.get("/metrics", (request, reply) =>
    reply.code(subject(request).username === undefined ? 200 : 403).send(""),
  );
  server.get("/zot/auth/apikey", (request, reply) =>
    subject(request).username === undefined ? reply.code(500).send("") : { apiKeys: [] },
  );
  server.get("/zot/auth/login", (_, reply) => reply.redirect("https://auth.example.org/authorize", 302));
  server.get("/v2/", (request, reply) => {
    const docker = /^docker\//.test(request.headers["user-agent"] ?? "");
    return reply.code(docker && subject(request).username === undefined ? 401 : 200).send("");
  });
  server.get("/v2/_catalog", (request, reply) => {
    const { last } = request.query as { last?: string };
    const rest = [...stored.keys()].sort().filter((name) => last === undefined || name > last);
    const page = rest.slice(0, pageSize);
    if (rest.length > pageSize) {
      void reply.header("link", `</v2/_catalog?n=${pageSize}&last=${page.at(-1) ?? ""}>; rel="next"`);
    }
    return { repositories: page };
  });
  server.all("/v2/*", (request, reply) => {
    const [, repository = "", kind = "", reference = ""] =
      /^\/v2\/(.+?)\/(tags|blobs|manifests)\/([^?]*)/.exec(request.url) ?? [];
    const tags = stored.get(repository) ?? [];
    const query = request.query as { tag?: string };
    const action = actionOf(
      request.method,
      tags.includes((ignoresTagQuery ? undefined : query.tag) ?? reference),
    );
    const who = subject(request);
    if (!decide(ac, who, repository, action)) return refuse(reply, who);
    if (request.method === "GET" || request.method === "HEAD") return { name: repository, tags };
    if (request.method === "DELETE" && !reference.startsWith("sha256:"))
      return fail(reply, 404, "MANIFEST_UNKNOWN");
    if (kind === "manifests" && request.method === "PUT" && !isManifest(request))
      return fail(reply, 415, "MANIFEST_INVALID");
    if (request.body === "{}" && kind === "manifests") return fail(reply, 400, "MANIFEST_INVALID");
    writes.push(`${request.method} ${request.url.split("?")[0] ?? ""}`);
    if (request.method === "DELETE") stored.set(repository, []);
    else if (kind === "manifests") stored.set(repository, [...tags, reference]);
    if (request.method === "POST") void reply.header("location", `/v2/${repository}/blobs/uploads/1`);
    return reply.code(request.method === "PUT" ? 201 : 202).send("");
  });

  const url = await server.listen({ host: "127.0.0.1", port: 0 });
  return { url, repositories: stored, writes, stop: () => server.close() };
}

function subject({ headers }: FastifyRequest): Subject {
  const basic = headers.authorization?.replace(/^Basic /, "");
  if (basic === undefined) return { groups: [] };
  const [username = "", group = ""] = Buffer.from(basic, "base64").toString().split(":");
  return { username, groups: [group] };
}

function isManifest({ headers }: FastifyRequest): boolean {
  return headers["content-type"] === "application/vnd.oci.image.manifest.v1+json";
}

function actionOf(method: string, exists: boolean): Action {
  if (method === "GET" || method === "HEAD") return "read";
  if (method === "DELETE") return "delete";
  return exists ? "update" : "create";
}

function refuse(reply: FastifyReply, who: Subject): FastifyReply {
  return who.username === undefined ? fail(reply, 401, "UNAUTHORIZED") : fail(reply, 403, "DENIED");
}

function fail(reply: FastifyReply, status: number, code: string): FastifyReply {
  return reply.code(status).send({ errors: [{ code, message: "", detail: {} }] });
}
