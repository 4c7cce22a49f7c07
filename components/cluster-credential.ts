// By their files: the whole package is too large to be loaded, and to be a part of the program's bundle.
import * as extensions from "@pulumi/kubernetes/apiextensions/customResource";
import * as core from "@pulumi/kubernetes/core/v1/secret";
import * as kubernetes from "@pulumi/kubernetes/provider";
import * as pulumi from "@pulumi/pulumi";
import { renderDockerConfig, SECRET_KEY, SECRET_TYPE } from "../systems/kubernetes/docker-config";
import { externalSecretSpec, type SecretStore } from "../systems/kubernetes/external-secret";
import { type KeyConsumer, consumersOf } from "./key-consumers";
import { COMPONENT } from "../systems/pulumi/types";

export interface PushedWith {
  readonly username: pulumi.Input<string>;
  readonly key: pulumi.Input<string>;
  /** The key's id. It is not secret, and shows which key a cluster has. */
  readonly keyId: pulumi.Input<string>;
}

export interface ClusterCredentialArgs {
  readonly registryUrl: string;
  /** The pushers' keys, by their names. */
  readonly keys: ReadonlyMap<string, PushedWith>;
  /** Context of the kubeconfig. */
  readonly context: string;
  readonly places: readonly CredentialPlace[];
}

/** A Secret in one namespace of the cluster. */
export interface CredentialPlace {
  readonly namespace: string;
  readonly secretName: string;
  /** The pusher of the key, and the title of the 1Password item with the same key. */
  readonly pusher: string;
  readonly itemTitle: string;
  /** Who writes the Secret: this program, or the External Secrets Operator if a store is given. */
  readonly externalSecret?: SecretStore | undefined;
}

/** Seconds until a request to the API server is aborted, and minutes until the operator must have written a Secret. */
const REQUEST_SECONDS = 10;
const OPERATOR_MINUTES = 2;

/** The metadata that shows which key an object has. */
interface Metadata {
  readonly namespace: string;
  readonly name: string;
  readonly annotations: Readonly<Record<string, string>>;
}

/** The push credentials of the builders in one cluster. */
export class ClusterCredential extends pulumi.ComponentResource {
  private readonly objects: readonly {
    readonly pusher: string;
    readonly metadata: pulumi.Output<Metadata>;
  }[];

  constructor(
    private readonly prefix: string,
    private readonly args: ClusterCredentialArgs,
    opts?: pulumi.ComponentResourceOptions,
  ) {
    super(COMPONENT.clusterCredential, prefix, {}, opts);
    const provider = new kubernetes.Provider(
      prefix,
      {
        context: args.context,
        // An empty string, because for undefined the SDK stores the text of KUBECONFIG in the state, and takes a list
        // of files for one. The plugin reads the same files itself.
        kubeconfig: "",
        enableServerSideApply: true,
        // Otherwise a change would delete the Secret first, and the builders would have none in between.
        enableSecretMutable: true,
        // Overrides the environment: a skipped update must not look like a successful one.
        skipUpdateUnreachable: false,
        kubeClientSettings: { timeout: REQUEST_SECONDS },
      },
      { parent: this },
    );
    this.objects = args.places.map((place) => {
      const { metadata } = place.externalSecret
        ? this.externalSecret(place, place.externalSecret, provider)
        : this.secret(place, provider);
      return { pusher: place.pusher, metadata: pulumi.output(metadata) };
    });
    this.registerOutputs({});
  }

  /** The pusher's key that the cluster has. */
  consumers(pusher: string): pulumi.Output<KeyConsumer[]> {
    const own = this.objects.filter((object) => object.pusher === pusher);
    return pulumi.all(own.map(({ metadata }) => metadata)).apply((all) =>
      consumersOf(
        all.map((metadata) => ({
          holder: `${this.args.context}/${metadata.namespace}/${metadata.name}`,
          uuid: metadata.annotations[keyIdAnnotation()],
        })),
      ),
    );
  }

  /** @throws Error for a pusher without a key, which the settings exclude */
  private keyOf({ pusher }: CredentialPlace): PushedWith {
    const key = this.args.keys.get(pusher);
    if (!key) throw new Error(`${pusher} has no key`);
    return key;
  }

  private secret(place: CredentialPlace, provider: kubernetes.Provider) {
    const { registryUrl } = this.args;
    const { namespace, secretName } = place;
    const { username, key } = this.keyOf(place);
    const dockerConfig = pulumi
      .all([username, key])
      .apply(([user, password]) => renderDockerConfig(registryUrl, user, password));
    return new core.Secret(
      this.childName(namespace, secretName),
      {
        metadata: this.metadata(place),
        type: SECRET_TYPE,
        data: { [SECRET_KEY]: pulumi.secret(dockerConfig.apply(base64)) },
      },
      { parent: this, provider },
    );
  }

  private externalSecret(place: CredentialPlace, store: SecretStore, provider: kubernetes.Provider) {
    const { registryUrl } = this.args;
    const { namespace, secretName, itemTitle } = place;
    const metadata = this.metadata(place);
    return new extensions.CustomResource(
      this.childName(namespace, secretName),
      {
        apiVersion: "external-secrets.io/v1",
        kind: "ExternalSecret",
        metadata: {
          ...metadata,
          annotations: { ...metadata.annotations, "pulumi.com/waitFor": "condition=Ready" },
        },
        spec: externalSecretSpec({
          ...store,
          registryUrl,
          itemTitle,
          secretName,
          metadata: { labels: labels(), annotations: owner() },
        }),
      },
      {
        parent: this,
        provider,
        customTimeouts: { create: `${OPERATOR_MINUTES}m`, update: `${OPERATOR_MINUTES}m` },
      },
    );
  }

  /** Slashes are in no namespace or Secret name. With hyphens two places could get the same name. */
  private childName(namespace: string, secretName: string): string {
    return `${this.prefix}/${namespace}/${secretName}`;
  }

  private metadata(place: CredentialPlace) {
    return {
      namespace: place.namespace,
      name: place.secretName,
      labels: labels(),
      annotations: {
        ...owner(),
        // The operator reads 1Password at once when this changes, instead of after its interval.
        [keyIdAnnotation()]: this.keyOf(place).keyId,
        "pulumi.com/patchFieldManager": `${pulumi.getProject()}-${pulumi.getStack()}`,
        // Reverts manual edits of declared fields; other fields stay with their managers.
        "pulumi.com/patchForce": "true",
        // Nothing below these objects needs waiting: the operator's Secret is deleted with its ExternalSecret.
        "pulumi.com/deletionPropagationPolicy": "background",
      },
    };
  }
}

function keyIdAnnotation(): string {
  return `${pulumi.getProject()}/key-id`;
}

function labels(): Record<string, string> {
  return {
    "app.kubernetes.io/managed-by": pulumi.getProject(),
    "app.kubernetes.io/component": "push-credential",
  };
}

/** The stack that an object belongs to. */
function owner(): Record<string, string> {
  return { [`${pulumi.getProject()}/stack`]: pulumi.getStack() };
}

function base64(text: string): string {
  return Buffer.from(text).toString("base64");
}
