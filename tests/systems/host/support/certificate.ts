import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** A new certificate that vouches for itself, and its key, in that folder. */
export function selfSigned(folder: string, name: string): { cert: string; key: string } {
  const [cert, key] = [join(folder, "cert.pem"), join(folder, "key.pem")];
  const kind = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "3650"];
  const of = ["-subj", "/CN=zot", "-addext", `subjectAltName=DNS:${name}`];
  execFileSync("openssl", ["req", "-x509", ...kind, ...of, "-keyout", key, "-out", cert], {
    stdio: "ignore",
  });
  return { cert, key };
}

/** Such a certificate for registry.example.org, on one line. */
export function example(): string {
  const folder = mkdtempSync(join(tmpdir(), "zot-access-certificate-"));
  try {
    return readFileSync(selfSigned(folder, "registry.example.org").cert, "utf8").replaceAll("\n", "");
  } finally {
    rmSync(folder, { recursive: true });
  }
}
