import fastify from "fastify";

export interface Answers {
  readonly url: string;
  stop(): Promise<void>;
}

/** A server that answers 200 with these bodies, by path, and 404 otherwise. */
export async function startAnswers(bodies: Readonly<Record<string, unknown>>): Promise<Answers> {
  const server = fastify({ forceCloseConnections: true });
  server.all("/*", (request, reply) => {
    const body = bodies[request.url.split("?", 1)[0] ?? ""];
    return body === undefined ? reply.code(404).send("") : reply.send(body);
  });
  const url = await server.listen({ host: "127.0.0.1", port: 0 });
  return { url, stop: () => server.close() };
}
