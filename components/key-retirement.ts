import * as pulumi from "@pulumi/pulumi";
import { RetiredKeys } from "../provider/resources";
import type { FormerKey } from "../provider/key-history";
import type { OldKeyPolicy } from "../keys/retirement";
import type { KeyConsumer } from "./key-consumers";
import { COMPONENT } from "../systems/pulumi/types";

export interface KeyRetirementArgs {
  readonly registryUrl: pulumi.Input<string>;
  readonly username: pulumi.Input<string>;
  /** The key in use, and its id. */
  readonly key: pulumi.Input<string>;
  readonly uuid: pulumi.Input<string>;
  /** The label of all keys of this stack. */
  readonly label: pulumi.Input<string>;
  /** Former keys. */
  readonly former: pulumi.Input<FormerKey[]>;
  /** The consumers, and which key each of them has. */
  readonly holders: pulumi.Input<KeyConsumer[]>;
  readonly oldKey: OldKeyPolicy;
  readonly graceHours: number;
  /** Whether `oldKey` also applies to an adopted key. */
  readonly revokeAdopted?: true;
}

/**
 * Revokes the former keys. It must depend on all consumers: while one of them failed to get the new key, the old one
 * must stay valid.
 */
export class KeyRetirement extends pulumi.ComponentResource {
  constructor(name: string, args: KeyRetirementArgs, opts?: pulumi.ComponentResourceOptions) {
    super(COMPONENT.keyRetirement, name, {}, opts);
    new RetiredKeys(
      `${name}-retired`,
      { ...args, key: pulumi.secret(args.key), former: pulumi.secret(args.former) },
      { parent: this },
    );
    this.registerOutputs({});
  }
}
