import * as pulumi from "@pulumi/pulumi";
import { AccessProof } from "../provider/resources";
import type { AccessTiers } from "../systems/zot/access";
import { digest } from "./digest";
import type { Holding } from "./holdings";
import { COMPONENT, OWN } from "../systems/pulumi/types";

export interface AccessVerificationArgs {
  readonly registryUrl: string;
  readonly zotVersion: string;
  /** Whether the version is the host's own; an assumed one is no reason to prove anything again. */
  readonly versionKnown: boolean;
  readonly access: AccessTiers;
  /** Who asks, besides anonymous. */
  readonly holders: readonly KeyHolder[];
  readonly scratchRepository: string;
  /** Whether whoever asks may read /metrics. */
  readonly metrics: boolean;
  /** Id of CI's key, which is among the holders' keys. */
  readonly keyId: pulumi.Input<string>;
  /** What the proof is made after; it is made again when one of these changes. */
  readonly after: pulumi.Input<unknown>[];
}

export interface KeyHolder {
  /** How the holder is called in the matrix. */
  readonly name: string;
  readonly username: pulumi.Input<string>;
  readonly key: pulumi.Input<string>;
  /** Groups that Authentik gives the holder. */
  readonly groups: readonly string[];
}

/** The access matrix against the live registry, after every change. */
export class AccessVerification extends pulumi.ComponentResource {
  readonly answers: pulumi.Output<number>;
  readonly holdings: pulumi.Output<Holding[]>;

  constructor(name: string, args: AccessVerificationArgs, opts?: pulumi.ComponentResourceOptions) {
    // Earlier versions declared it by the type that its child has.
    super(
      COMPONENT.accessVerification,
      name,
      {},
      pulumi.mergeOptions(opts, { aliases: [{ type: OWN.accessProof }] }),
    );
    const matrix = new AccessProof(
      `${name}-matrix`,
      {
        registryUrl: args.registryUrl,
        zotVersion: args.zotVersion,
        access: args.access,
        identities: pulumi.secret([
          { name: "anonymous", groups: [] },
          ...args.holders.map(({ name: holder, username, key, groups }) => ({
            name: holder,
            username,
            password: key,
            groups: [...groups],
          })),
        ]),
        scratchRepository: args.scratchRepository,
        ...(!args.metrics && { metrics: false }),
        keyId: args.keyId,
        after: digest(args.after),
      },
      { parent: this, ignoreChanges: args.versionKnown ? [] : ["zotVersion"] },
    );
    this.answers = matrix.answers;
    this.holdings = matrix.keyId.apply((uuid) => [{ holder: "the access proof", uuid }]);
    this.registerOutputs({ answers: this.answers });
  }
}
