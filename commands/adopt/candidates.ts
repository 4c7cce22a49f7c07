import type { AuthentikObjects } from "../../systems/authentik/reader";
import type { ItemSummary } from "../../systems/onepassword";
import type { SecretScope } from "../../systems/forgejo/scope";

/** An existing object that may be the one that a resource of the program would create again. */
export interface Candidate {
  /** Id for Pulumi's import. */
  readonly id: string;
  /** Id by which other objects refer to it, if it is another one. */
  readonly key?: string | number;
  /** Its kind, if it is another kind than the program's resource. */
  readonly otherKind?: string;
  /** Remarks for people, one line each, without secrets. */
  readonly remarks?: readonly string[];
  /** Names of user-added parts that the first update would delete. */
  readonly lost?: readonly string[];
}

export type { Row } from "../../systems/authentik/reader";

export interface KubernetesObject {
  /** A Secret's type, such as `kubernetes.io/dockerconfigjson`; empty for other kinds. */
  readonly type: string;
  /** Who wrote to it, by server-side apply or otherwise. */
  readonly managers: readonly string[];
}

/** The systems with the stack's objects, read-only. */
export interface Systems {
  readonly authentik: AuthentikObjects;
  /** Items of a vault by title. */
  items(vault: string, title: string): Promise<readonly ItemSummary[]>;
  /** Upper-case names of the Actions secrets of a repository or organisation. */
  secretNames(url: string, place: SecretScope): Promise<ReadonlySet<string>>;
  /**
   * @param kind as kubectl names it: `secret`, `externalsecrets.external-secrets.io`
   * @returns undefined if there is none
   */
  kubernetesObject(
    context: string,
    kind: string,
    namespace: string,
    name: string,
  ): Promise<KubernetesObject | undefined>;
}
