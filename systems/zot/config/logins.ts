import { shownText } from "./secret-text";
import {
  canonical,
  flagAt,
  isTree,
  sameName,
  sorted,
  textAt,
  textsAt,
  type Tree,
  treeAt,
  treesAt,
} from "./read";

/** A login method of a registry. `detail` distinguishes two of a kind, and contains no secret. */
export interface Login {
  readonly kind: "htpasswd" | "ldap" | "provider" | "apikey" | "certificates" | "bearer";
  readonly name: string;
  readonly detail: string;
  /** Path of its settings. */
  readonly path: readonly string[];
  /** The settings that decide whom it lets in, each as a text to compare. May contain secrets: never shown. */
  readonly meaning: ReadonlyMap<string, string>;
}

/**
 * Settings of a directory's or issuer's connection, and the managed settings of the login `oidc`: they do not change
 * who can log in.
 */
const HOW =
  /^(client(id|secret)|credentialsfile|bind(dn|password)|keyfile|insecure|starttls|skipverify|cacert|certificateauthority(file)?|refreshinterval|name|claimmapping)$/;

function meaningOf(settings: Tree | undefined): Map<string, string> {
  return new Map(
    Object.entries(canonical(settings ?? {}))
      .filter(([name]) => !HOW.test(name))
      .map(([name, value]) => [name, JSON.stringify(sorted(value))]),
  );
}

export function loginsOf(config: Tree): Login[] {
  const auth = treeAt(config, "http", "auth");
  return [
    ...htpasswd(auth),
    ...directory(auth),
    ...providers(auth),
    // A provider enables API keys (applyDefaultValues in zot's pkg/cli/server/root.go).
    ...(flagAt(auth, "apikey") === true || providers(auth).length > 0 ? [API_KEYS] : []),
    ...certificates(config, auth),
    ...bearer(auth),
  ];
}

const at = (...names: string[]): string[] => ["http", "auth", ...names];

const API_KEYS: Login = {
  kind: "apikey",
  name: "API keys",
  detail: "",
  path: at("apikey"),
  meaning: new Map(),
};

function htpasswd(auth: Tree | undefined): Login[] {
  const detail = textAt(auth, "htpasswd", "path") ?? "";
  if (detail === "") return [];
  return [{ kind: "htpasswd", name: "htpasswd", detail, path: at("htpasswd"), meaning: new Map() }];
}

function directory(auth: Tree | undefined): Login[] {
  const ldap = treeAt(auth, "ldap");
  if (ldap === undefined) return [];
  const detail = told([textAt(ldap, "address"), textAt(ldap, "port"), textAt(ldap, "baseDN")]);
  return [{ kind: "ldap", name: "LDAP", detail, path: at("ldap"), meaning: meaningOf(ldap) }];
}

function providers(auth: Tree | undefined): Login[] {
  return Object.entries(treeAt(auth, "openid", "providers") ?? {}).map(([name, value]) => {
    const meaning = meaningOf(isTree(value) ? value : undefined);
    // For this login the program manages them.
    if (sameName(name, "oidc")) meaning.delete("scopes");
    return {
      kind: "provider",
      name: name.toLowerCase(),
      detail: isTree(value) ? told([textAt(value, "issuer")]) : "",
      path: at("openid", "providers", name),
      meaning,
    };
  });
}

/** Clients can use certificates if zot has a CA to verify them (IsMTLSAuthEnabled in its pkg/api/config). */
function certificates(config: Tree, auth: Tree | undefined): Login[] {
  const authority = textAt(config, "http", "tls", "cacert") ?? "";
  if (authority === "") return [];
  const mtls = treeAt(auth, "mtls");
  return [
    {
      kind: "certificates",
      name: "certificates",
      detail: told([authority, ...textsAt(mtls, "identityAttributes"), textAt(mtls, "uriSanPattern")]),
      path: at("mtls"),
      meaning: meaningOf(mtls),
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
      path: at("bearer"),
      meaning: meaningOf(settings),
    },
  ];
}

function told(texts: readonly (string | undefined)[]): string {
  return texts
    .filter((each) => each !== undefined)
    .map((each) => shownText(each).text)
    .join(" ");
}
