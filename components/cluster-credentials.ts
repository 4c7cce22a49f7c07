import * as kubernetes from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";

export interface ClusterCredentialsArgs {
  readonly registryUrl: string;
  readonly username: pulumi.Input<string>;
  readonly key: pulumi.Input<string>;
  readonly clusters: readonly Cluster[];
}

export interface Cluster {
  /** Context of the kubeconfig. */
  readonly context: string;
  readonly namespaces: readonly string[];
  readonly secretName: string;
}

/** Push credentials for the builders that run in Kubernetes. */
export class ClusterCredentials extends pulumi.ComponentResource {
  constructor(name: string, args: ClusterCredentialsArgs, opts?: pulumi.ComponentResourceOptions) {
    super("zot-access:index:ClusterCredentials", name, {}, opts);
    const dockerConfig = pulumi.secret(
      pulumi
        .all([args.username, args.key])
        .apply(([username, key]) => renderDockerConfig(new URL(args.registryUrl).host, username, key)),
    );
    for (const { context, namespaces, secretName } of args.clusters) {
      const provider = new kubernetes.Provider(`${name}-${context}`, { context }, { parent: this });
      for (const namespace of namespaces) {
        new kubernetes.core.v1.Secret(
          `${name}-${context}-${namespace}`,
          {
            metadata: {
              name: secretName,
              namespace,
              labels: { "app.kubernetes.io/managed-by": pulumi.getProject() },
            },
            type: "kubernetes.io/dockerconfigjson",
            stringData: { ".dockerconfigjson": dockerConfig },
          },
          { parent: this, provider },
        );
      }
    }
    this.registerOutputs({});
  }
}

/** The file that docker, buildkit and kaniko read their logins from. */
export function renderDockerConfig(registry: string, username: string, key: string): string {
  const auth = Buffer.from(`${username}:${key}`).toString("base64");
  return JSON.stringify({ auths: { [registry]: { username, password: key, auth } } });
}
