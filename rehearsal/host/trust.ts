import { readFileSync } from "node:fs";
import tls, { type SecureContextOptions } from "node:tls";

/*
 * Certificates that this process's own requests trust from now on. NODE_EXTRA_CA_CERTS says it to a process that is about to start, and
 * Node 20 has no other way for the built-in fetch.
 */
const trusted = new Set<string>();
let made: typeof tls.createSecureContext | undefined;

/** @param certificate in PEM */
export function trust(certificate: string): void {
  trusted.add(certificate);
  if (made) return;
  const make = (made = tls.createSecureContext);
  Object.assign(tls, {
    createSecureContext: (options: SecureContextOptions = {}) =>
      make(options.ca === undefined ? { ...options, ca: all() } : options),
  });
}

function all(): string[] {
  const extra = process.env["NODE_EXTRA_CA_CERTS"];
  return [...tls.rootCertificates, ...(extra === undefined ? [] : [readFileSync(extra, "utf8")]), ...trusted];
}
