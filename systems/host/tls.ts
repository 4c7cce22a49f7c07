import { X509Certificate } from "node:crypto";
import { isIP } from "node:net";
import type { HostLayout, HostState } from "./types";

/** curl's exit status for an untrusted certificate (51: older than 7.62). */
const NOT_BELIEVED = [51, 60];

/** What is wrong with zot's own certificate file on the host. A deploy would refuse to connect to zot with it. */
export function certificateProblems({ tls }: HostLayout, state: HostState): string[] {
  const { certificate, clockSkewSeconds } = state;
  if (!tls || certificate === undefined || certificate === "unreadable") return [];
  const at = `zot's certificate ${tls.certificate}`;
  if (certificate === "missing") {
    return [`${at} is not on the host: put it there, or correct http.tls of zot's config in the settings`];
  }
  const read = parse(certificate);
  if (!read) return [`${at} holds no certificate in PEM: see http.tls of zot's config in the settings`];
  const now = Date.now() + clockSkewSeconds * 1000;
  const isFor = isIP(tls.name) > 0 ? read.checkIP(tls.name) : read.checkHost(tls.name);
  return [
    ...(isFor === undefined
      ? [`${at} is for ${namesOf(read)} and not for ${tls.name}: set host.tlsName to a name that it is for`]
      : []),
    ...(Date.parse(read.validTo) < now ? [`${at} has expired (${read.validTo}): renew it first`] : []),
  ];
}

/** Whether zot's certificate is neither the one in the file nor one that the host trusts. */
export function showsAnother({ tlsStatus }: HostState): boolean {
  return tlsStatus !== undefined && NOT_BELIEVED.includes(tlsStatus);
}

function parse(oneLine: string): X509Certificate | undefined {
  const [, base64] =
    /-----BEGIN CERTIFICATE-----([A-Za-z0-9+/=]+)-----END CERTIFICATE-----/.exec(oneLine) ?? [];
  try {
    return new X509Certificate(Buffer.from(base64 ?? "", "base64"));
  } catch {
    return undefined;
  }
}

/** `DNS:a, IP Address:1.2.3.4` as `a, 1.2.3.4`. */
function namesOf({ subject, subjectAltName }: X509Certificate): string {
  return (subjectAltName ?? subject)
    .replaceAll(/(^|, )(DNS|IP Address|URI|email):/g, "$1")
    .replaceAll("\n", ", ");
}
