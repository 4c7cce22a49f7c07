import type { IncomingMessage } from "node:http";

/** A body longer than the route takes. */
export class BodyTooLarge extends Error {
  override readonly name = "BodyTooLarge";
}

/** @throws BodyTooLarge; an error where the client went away */
export async function readBody(request: IncomingMessage, most: number): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size <= most) chunks.push(chunk);
  }
  // Read to its end before it is refused: an answer to half a request would be lost with the connection.
  if (size > most) throw new BodyTooLarge();
  return Buffer.concat(chunks);
}
