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
  /** What all keys of this stack are labelled with. */
  readonly label: pulumi.Input<string>;
  /** Keys that were in use before. */
  readonly former: pulumi.Input<FormerKey[]>;
  /** Who uses the key, and which one they have. */
  readonly holders: pulumi.Input<KeyConsumer[]>;
  readonly oldKey: OldKeyPolicy;
  readonly graceHours: number;
  /** Whether a key that people made, and that this stack used, goes like one of its own. */
  readonly revokeAdopted?: true;
}

/**
 * The end of the keys before this one. Declare it to depend on everybody who uses the key: while one of them failed to
 * get the new key, the old one must live.
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
