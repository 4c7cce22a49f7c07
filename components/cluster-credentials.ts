import * as pulumi from "@pulumi/pulumi";
import { ClusterCredential, type ClusterCredentialArgs, type CredentialPlace } from "./cluster-credential";
import type { KeyConsumer } from "./key-consumers";
import { COMPONENT } from "../systems/pulumi/types";

export interface ClusterCredentialsArgs extends Omit<ClusterCredentialArgs, "context" | "places"> {
  readonly places: readonly ClusterPlace[];
  /** Contexts whose API server did not answer. */
  readonly unreachable: ReadonlySet<string>;
}

export interface ClusterPlace extends CredentialPlace {
  /** Context of the kubeconfig. */
  readonly context: string;
}

/** Push credentials for the builders that run in Kubernetes: one component for each cluster, so that each fails alone. */
export class ClusterCredentials extends pulumi.ComponentResource {
  private readonly clusters: readonly ClusterCredential[];

  constructor(name: string, args: ClusterCredentialsArgs, opts?: pulumi.ComponentResourceOptions) {
    super(COMPONENT.clusterCredentials, name, {}, opts);
    const { places, unreachable, ...shared } = args;
    const contexts = [...new Set(places.map(({ context }) => context))];
    const cluster = (context: string, after: ClusterCredential[]) =>
      new ClusterCredential(
        `${name}-${context}`,
        { ...shared, context, places: places.filter((place) => place.context === context) },
        { parent: this, dependsOn: after },
      );
    const reachable = contexts
      .filter((context) => !unreachable.has(context))
      .map((context) => cluster(context, []));
    // Last, because the engine starts nothing new after a failure.
    const others = contexts
      .filter((context) => unreachable.has(context))
      .map((context) => cluster(context, reachable));
    this.clusters = [...reachable, ...others];
    this.registerOutputs({});
  }

  /** The pusher's key that each cluster has. */
  consumers(pusher: string): pulumi.Output<KeyConsumer[]> {
    return pulumi
      .all(this.clusters.map((each) => each.consumers(pusher)))
      .apply((consumers) => consumers.flat());
  }
}
