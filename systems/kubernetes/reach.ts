import { once } from "node:events";
import { connect } from "node:net";

const LIMIT_MS = 3_000;

/**
 * Why nothing answers at a URL's host and port, or undefined if something does. It only opens a connection:
 * Kubernetes' own client finds out whether it is an API server that accepts the credentials.
 */
export async function whyUnreachable(url: string): Promise<string | undefined> {
  const { hostname, port, protocol } = new URL(url);
  const socket = connect({
    host: hostname.replace(/^\[|\]$/g, ""),
    port: Number(port || (protocol === "http:" ? 80 : 443)),
  });
  try {
    await once(socket, "connect", { signal: AbortSignal.timeout(LIMIT_MS) });
    return undefined;
  } catch (error) {
    const { name, code, message } = error as NodeJS.ErrnoException;
    return name === "AbortError" ? `no answer within ${LIMIT_MS / 1000} s` : (code ?? message);
  } finally {
    socket.destroy();
  }
}
