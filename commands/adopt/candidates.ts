import type { AuthentikObjects } from "../../systems/authentik/reader";
import type { ItemSummary } from "../../systems/onepassword";
import type { SecretScope } from "../../systems/forgejo/scope";

/** Something that exists in a system and may be what a resource of the program would make once more. */
export interface Candidate {
  /** By which Pulumi imports it. */
  readonly id: string;
  /** By which other objects refer to it; the id unless told. */
  readonly key?: string | number;
  /** What it is, where it is of another kind than the program's resource. */
  readonly otherKind?: string;
  /** What people should know before it is taken over; one line each, no secret. */
  readonly remarks?: readonly string[];
  /** What people have in it that would go with the first update, by its name. */
  readonly lost?: readonly string[];
}

export type { Row } from "../../systems/authentik/reader";

export interface KubernetesObject {
  /** Of a Secret, such as `kubernetes.io/dockerconfigjson`; empty for what has none. */
  readonly type: string;
  /** Who wrote to it, by server-side apply or otherwise. */
  readonly managers: readonly string[];
}

/** The systems that a stack's resources live in. Nothing here can write. */
export interface Systems {
  readonly authentik: AuthentikObjects;
  /** Items of a vault by title. */
  items(vault: string, title: string): Promise<readonly ItemSummary[]>;
  /** Upper-case names of a place's Actions secrets. */
  secretNames(url: string, place: SecretScope): Promise<ReadonlySet<string>>;
  /**
   * @param kind as kubectl names it: `secret`, `externalsecrets.external-secrets.io`
   * @returns undefined where there is none
   */
  kubernetesObject(
    context: string,
    kind: string,
    namespace: string,
    name: string,
  ): Promise<KubernetesObject | undefined>;
}
