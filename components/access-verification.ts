import * as pulumi from "@pulumi/pulumi";
import type { AccessProofInputs } from "../provider/access-proof";
import { AccessProof } from "../provider/resources";
import type { MetricsAccess } from "../systems/zot/config/metrics";
import type { Access, Grant } from "../systems/zot/grants";
import type { MatrixPusher } from "../systems/zot/proof/types";
import { digest } from "./digest";
import { type KeyConsumer, consumersOf } from "./key-consumers";
import { COMPONENT, OWN } from "../systems/pulumi/types";

export interface AccessVerificationArgs {
  readonly registryUrl: string;
  readonly zotVersion: string;
  /** Whether the version was read from the host; an assumed version must not trigger a new proof. */
  readonly versionKnown: boolean;
  readonly access: Access;
  /** Undefined if zot serves no metrics. */
  readonly metrics: MetricsAccess | undefined;
  readonly pushers: readonly MatrixPusher[];
  /** Identities to test, besides anonymous. */
  readonly holders: readonly ProofIdentity[];
  /** Ids of the pushers' keys, in their order; the keys are among the holders'. */
  readonly keyIds: readonly pulumi.Input<string>[];
  /** The proof depends on these, and is repeated when one of them changes. */
  readonly after: pulumi.Input<unknown>[];
}

export interface ProofIdentity {
  /** Name in the matrix. */
  readonly name: string;
  readonly username: pulumi.Input<string>;
  readonly key: pulumi.Input<string>;
  /** Groups that Authentik gives it. */
  readonly groups: readonly string[];
}

/** Tests the access matrix on the live registry after every change. */
export class AccessVerification extends pulumi.ComponentResource {
  readonly answers: pulumi.Output<number>;
  private readonly pushers: readonly string[];
  private readonly keyIds: pulumi.Output<string[]>;

  constructor(name: string, args: AccessVerificationArgs, opts?: pulumi.ComponentResourceOptions) {
    // Earlier versions gave the component the type of its child.
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
        access: { grants: args.access.grants.map(asInput), caches: [...args.access.caches] },
        ...(args.metrics && {
          metrics: { anonymous: args.metrics.anonymous, users: [...args.metrics.users] },
        }),
        identities: pulumi.secret([
          { name: "anonymous", groups: [] },
          ...args.holders.map(({ name: holder, username, key, groups }) => ({
            name: holder,
            username,
            password: key,
            groups: [...groups],
          })),
        ]),
        pushers: args.pushers.map(({ groups, ...pusher }) => ({ ...pusher, groups: [...groups] })),
        keyId: pulumi.all([...args.keyIds]).apply((ids) => ids.join(",")),
        after: digest(args.after),
      },
      { parent: this, ignoreChanges: args.versionKnown ? [] : ["zotVersion"] },
    );
    this.answers = matrix.answers;
    this.pushers = args.pushers.map((pusher) => pusher.name);
    this.keyIds = matrix.keyId.apply((ids) => ids.split(","));
    this.registerOutputs({ answers: this.answers });
  }

  /** The pusher's key that the proof used. */
  consumers(pusher: string): pulumi.Output<KeyConsumer[]> {
    return this.keyIds.apply((ids) =>
      consumersOf([{ holder: "the access proof", uuid: ids[this.pushers.indexOf(pusher)] }]),
    );
  }
}

function asInput({
  to,
  may,
  in: globs,
  except,
  ...rest
}: Grant): AccessProofInputs["access"]["grants"][number] {
  const whom =
    typeof to === "string" ? to : "groups" in to ? { groups: [...to.groups] } : { users: [...to.users] };
  return { ...rest, to: whom, may: [...may], in: [...globs], ...(except && { except: [...except] }) };
}
