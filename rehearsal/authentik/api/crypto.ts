import type { FastifyInstance } from "fastify";
import { createHash, createPublicKey } from "node:crypto";
import type { KeyPair, ScopeMapping } from "../oauth-objects";
import type { Store } from "../store";
import type { Kind } from "./kind";
import { type Authenticate, findById } from "./rest";

export const keyPairs: Kind<KeyPair> = {
  path: "crypto/certificatekeypairs",
  app: "authentik_crypto",
  model: "CertificateKeyPair",
  writtenThere: true,
  table: (store) => store.keyPairs,
  id: ({ pk }) => pk,
  fields: {},
  present: ({ pk, name, managed, privateKey, withoutPrivateKey = false, expires }) => {
    const der = createPublicKey(privateKey).export({ type: "spki", format: "der" });
    return {
      pk,
      name,
      fingerprint_sha256: fingerprint("sha256", der),
      fingerprint_sha1: fingerprint("sha1", der),
      cert_expiry: expires,
      cert_subject: `OU=Self-signed,O=authentik,CN=${name}`,
      private_key_available: !withoutPrivateKey,
      key_type: "rsa",
      certificate_download_url: `/api/v3/crypto/certificatekeypairs/${pk}/view_certificate/?download`,
      private_key_download_url: `/api/v3/crypto/certificatekeypairs/${pk}/view_private_key/?download`,
      managed,
    };
  },
  removed(row, store) {
    for (const provider of store.providers.values()) {
      if (provider.signing_key === row.pk) provider.signing_key = null;
      if (provider.encryption_key === row.pk) provider.encryption_key = null;
    }
  },
  filters: ["name", "managed"],
  search: ["name"],
  order: ["name"],
};

export function serveKeyActions(server: FastifyInstance, store: Store, authenticate: Authenticate): void {
  server.get("/api/v3/crypto/certificatekeypairs/:id/view_private_key/", (request) => {
    authenticate(request, "authentik_crypto.view_certificatekeypair_key");
    return { data: findById(keyPairs, store, request).privateKey };
  });
}

export const scopes: Kind<ScopeMapping> = {
  path: "propertymappings/provider/scope",
  app: "authentik_providers_oauth2",
  model: "ScopeMapping",
  writtenThere: true,
  table: (store) => store.scopes,
  id: ({ pk }) => pk,
  fields: {},
  present: (row) => ({
    ...row,
    component: "ak-property-mapping-provider-scope-form",
    verbose_name: "Scope Mapping",
    verbose_name_plural: "Scope Mappings",
    meta_model_name: "authentik_providers_oauth2.scopemapping",
  }),
  removed(row, store) {
    for (const provider of store.providers.values()) {
      provider.property_mappings = provider.property_mappings.filter((pk) => pk !== row.pk);
    }
  },
  filters: ["managed", "name", "scope_name"],
  multiple: ["managed"],
  search: ["name", "scope_name"],
  order: ["scope_name"],
};

function fingerprint(algorithm: string, der: Buffer): string {
  const hex = createHash(algorithm).update(der).digest("hex");
  return hex.match(/../g)?.join(":") ?? hex;
}
