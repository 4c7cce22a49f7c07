import { shownText } from "./secret-text";
import { flagAt, isTree, textAt, textsAt, type Tree, treeAt, treesAt } from "./read";

/** A way to log in to a registry. `detail` is what tells two of a kind apart, and holds no secret. */
export interface Login {
  readonly kind: "htpasswd" | "ldap" | "provider" | "apikey" | "certificates" | "bearer";
  readonly name: string;
  readonly detail: string;
}

export function loginsOf(config: Tree): Login[] {
  const auth = treeAt(config, "http", "auth");
  const htpasswd = textAt(auth, "htpasswd", "path") ?? "";
  const ldap = treeAt(auth, "ldap");
  return [
    ...(htpasswd === "" ? [] : [{ kind: "htpasswd", name: "htpasswd", detail: htpasswd } as const]),
    ...(ldap === undefined
      ? []
      : [
          {
            kind: "ldap",
            name: "LDAP",
            detail: told([textAt(ldap, "address"), textAt(ldap, "port"), textAt(ldap, "baseDN")]),
          } as const,
        ]),
    ...providers(auth),
    // A provider brings keys with it (applyDefaultValues in zot's pkg/cli/server/root.go).
    ...(flagAt(auth, "apikey") === true || providers(auth).length > 0
      ? [{ kind: "apikey", name: "API keys", detail: "" } as const]
      : []),
    ...certificates(config, auth),
    ...bearer(auth),
  ];
}

function providers(auth: Tree | undefined): Login[] {
  return Object.entries(treeAt(auth, "openid", "providers") ?? {}).map(([name, value]) => ({
    kind: "provider",
    name: name.toLowerCase(),
    detail: isTree(value) ? told([textAt(value, "issuer")]) : "",
  }));
}

/** Clients show certificates where zot has an authority to check them by (IsMTLSAuthEnabled in its pkg/api/config). */
function certificates(config: Tree, auth: Tree | undefined): Login[] {
  const tls = treeAt(config, "http", "tls");
  const authority = textAt(tls, "cacert") ?? "";
  if (authority === "") return [];
  return [
    {
      kind: "certificates",
      name: "certificates",
      detail: told([
        authority,
        ...textsAt(auth, "mtls", "identityAttributes"),
        textAt(auth, "mtls", "uriSanPattern"),
      ]),
    },
  ];
}

function bearer(auth: Tree | undefined): Login[] {
  const settings = treeAt(auth, "bearer");
  if (settings === undefined) return [];
  const issuers = treesAt(settings, "oidc").map((each) => textAt(each, "issuer") ?? "");
  return [
    {
      kind: "bearer",
      name: "bearer tokens",
      detail: told([textAt(settings, "realm") ?? "", textAt(settings, "service") ?? "", ...issuers]),
    },
  ];
}

function told(texts: readonly (string | undefined)[]): string {
  return texts
    .filter((each) => each !== undefined)
    .map((each) => shownText(each).text)
    .join(" ");
}
