import { connect, type PeerCertificate, type TLSSocket } from "node:tls";
import { type Finding, notAsked, ok, warning, wrong } from "./check";
import { isLoopback } from "../../../systems/http/loopback";

/** What a server presented. */
export interface Shown {
  readonly protocol: string;
  /** Why the chain or the name is not trusted here; undefined: it is trusted. */
  readonly distrust: string | undefined;
  readonly issuer: string;
  readonly validFrom: Date;
  readonly validTo: Date;
}

const DAY_MS = 86_400_000;
/**
 * Certificates of 90 days are renewed 30 days before they expire: half of that has passed when this many days are
 * left.
 */
const WARN_DAYS = 14;

/** The certificate of an https address; plain http is only for loopback. */
export async function lookAtTls(
  address: string,
  options: { timeoutMs: number; now: Date; ca?: string },
): Promise<Finding> {
  const { protocol, hostname, port } = new URL(address);
  if (protocol === "http:") {
    return isLoopback({ hostname })
      ? notAsked("plain http on loopback")
      : warning(
          "plain http",
          "tokens and keys cross the network in clear, and zot's login cookie, which is for https alone, is lost",
          "put a reverse proxy with TLS before it and write its https address into the settings",
        );
  }
  const host = hostname.replace(/^\[|\]$/g, "");
  return judgeTls(await handshake(host, Number(port || 443), options), options.now);
}

export function judgeTls({ protocol, distrust, issuer, validFrom, validTo }: Shown, now: Date): Finding {
  const days = Math.floor((validTo.getTime() - now.getTime()) / DAY_MS);
  const found = `${protocol}, issued by ${issuer}, until ${validTo.toISOString().slice(0, 10)} (${days} days)`;
  const renew =
    "renew the certificate: see the log of the proxy that serves it, and whether its renewal still runs";
  if (validTo <= now)
    return wrong(found, "the certificate has expired: every client refuses to connect", renew);
  if (validFrom > now)
    return wrong(
      found,
      "the certificate is not valid yet",
      "compare the clocks of the server and of this machine",
    );
  if (distrust !== undefined) {
    return wrong(
      `${found}; not trusted here (${distrust})`,
      "clients that do not know its authority, or reach it by this name, refuse to connect",
      "serve the whole chain under the right name; for an authority of your own add it with NODE_EXTRA_CA_CERTS",
    );
  }
  if (days < WARN_DAYS) return warning(found, "its renewal should have happened by now", renew);
  return ok(found);
}

function handshake(
  host: string,
  port: number,
  { timeoutMs, ca }: { timeoutMs: number; ca?: string },
): Promise<Shown> {
  return new Promise((resolve, reject) => {
    const socket = connect({
      host,
      port,
      // The check must report what is wrong with the certificate, so it accepts every one here.
      rejectUnauthorized: false,
      ...(!/^[\d.]+$|:/.test(host) && { servername: host }),
      ...(ca !== undefined && { ca }),
    });
    socket.setTimeout(timeoutMs, () => socket.destroy(new Error(`no TLS handshake within ${timeoutMs} ms`)));
    socket.on("error", (error: Error) => reject(new Error(`no TLS at ${host}:${port}: ${error.message}`)));
    socket.on("secureConnect", () => {
      resolve(shownBy(socket));
      socket.destroy();
    });
  });
}

function shownBy(socket: TLSSocket): Shown {
  const { issuer, valid_from, valid_to }: PeerCertificate = socket.getPeerCertificate();
  // Typed as an Error, but actually a code (Node's documentation of tlsSocket.authorizationError).
  const reason = socket.authorizationError as unknown as string | undefined;
  return {
    protocol: socket.getProtocol() ?? "TLS",
    distrust: socket.authorized ? undefined : String(reason),
    issuer: [issuer.O, issuer.CN].filter(Boolean).join(", "),
    validFrom: new Date(valid_from),
    validTo: new Date(valid_to),
  };
}
