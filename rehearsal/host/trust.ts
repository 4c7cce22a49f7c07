import { readFileSync } from "node:fs";
import tls, { type SecureContextOptions } from "node:tls";

/*
 * Certificates that this process's own requests trust for a while. NODE_EXTRA_CA_CERTS says it to a process that is about to start, and
 * Node 20 has no other way for the built-in fetch.
 */
const trusted: { readonly certificate: string }[] = [];
let made: typeof tls.createSecureContext | undefined;

/**
 * The end of it is not optional: Jest's workers keep Node's own modules from one file of tests to the next.
 *
 * @param certificate in PEM
 * @returns ends it
 */
export function trust(certificate: string): () => void {
  const entry = { certificate };
  trusted.push(entry);
  if (!made) trustThose();
  return () => {
    const at = trusted.indexOf(entry);
    if (at !== -1) trusted.splice(at, 1);
  };
}

function trustThose(): void {
  const make = (made = tls.createSecureContext);
  Object.assign(tls, {
    createSecureContext: (options: SecureContextOptions = {}) =>
      make(options.ca === undefined ? { ...options, ca: all() } : options),
  });
}

function all(): string[] {
  const extra = process.env["NODE_EXTRA_CA_CERTS"];
  return [
    ...tls.rootCertificates,
    ...(extra === undefined ? [] : [readFileSync(extra, "utf8")]),
    ...trusted.map(({ certificate }) => certificate),
  ];
}
