import { dockerConfigTemplate, SECRET_TYPE, SECRET_KEY } from "./docker-config";

/** A store of the External Secrets Operator that reads the vault of the minted key. */
export interface SecretStore {
  readonly store: string;
  readonly storeKind: "SecretStore" | "ClusterSecretStore";
  /** The store's provider, which decides how it addresses a field: `onepassword` is Connect. */
  readonly storeProvider: "onepassword" | "onepasswordSDK";
  /** Minutes between two reads of 1Password. */
  readonly refreshMinutes: number;
}

export interface ExternalSecretArgs extends SecretStore {
  readonly registryUrl: string;
  /** Title of the 1Password item with the fields `username` and `password`. */
  readonly itemTitle: string;
  /** Name of the Secret that the operator writes. */
  readonly secretName: string;
  /** Labels and annotations of that Secret. */
  readonly metadata: Readonly<Record<"labels" | "annotations", Readonly<Record<string, string>>>>;
}

/** The `spec` of an ExternalSecret (external-secrets.io/v1). It holds no secret. */
export function externalSecretSpec(args: ExternalSecretArgs) {
  return {
    refreshInterval: goDuration(args.refreshMinutes),
    secretStoreRef: { name: args.store, kind: args.storeKind },
    target: {
      name: args.secretName,
      creationPolicy: "Owner",
      template: {
        engineVersion: "v2",
        type: SECRET_TYPE,
        // Without its own metadata the Secret would get that of the ExternalSecret, including Pulumi's annotations.
        metadata: args.metadata,
        data: { [SECRET_KEY]: dockerConfigTemplate(args.registryUrl) },
      },
    },
    data: ["username", "password"].map((field) => ({
      secretKey: field,
      remoteRef: remoteRef(args.storeProvider, args.itemTitle, field),
    })),
  };
}

function remoteRef(provider: SecretStore["storeProvider"], item: string, field: string) {
  // https://external-secrets.io/latest/provider/1password-sdk/: `<item>/[section/]<field>`, and no property.
  return provider === "onepasswordSDK" ? { key: `${item}/${field}` } : { key: item, property: field };
}

/** In Go's format of durations, so that a controller that rewrites the object changes nothing. */
function goDuration(minutes: number): string {
  const hours = Math.floor(minutes / 60);
  return hours > 0 ? `${hours}h${minutes % 60}m0s` : `${minutes}m0s`;
}
