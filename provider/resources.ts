import * as pulumi from "@pulumi/pulumi";
import type { AccessProofInputs } from "./access-proof";
import type { ActionsSecretInputs } from "./actions-secret";
import type { FormerKey, KeyHistoryInputs } from "./key-history";
import type { RetiredKeysInputs } from "./retired-keys";
import type { UndeclaredSecretsInputs } from "./undeclared-secrets";
import type { ZotApiKeyInputs } from "./zot-api-key";
import { OWN } from "../systems/pulumi/types";

type AsInputs<T> = { [Key in keyof T]: pulumi.Input<T[Key]> };

/** An API key of zot, minted by a headless login and tested. Its id is zot's uuid of the key. */
export class ZotApiKey extends pulumi.CustomResource {
  declare readonly key: pulumi.Output<string>;
  /** RFC 3339. */
  declare readonly createdAt: pulumi.Output<string>;
  declare readonly expiresAt: pulumi.Output<string>;
  declare readonly registryUrl: pulumi.Output<string>;
  declare readonly username: pulumi.Output<string>;
  declare readonly adopted: pulumi.Output<boolean>;

  constructor(name: string, args: AsInputs<ZotApiKeyInputs>, opts?: pulumi.CustomResourceOptions) {
    const outputs = { key: undefined, createdAt: undefined, expiresAt: undefined, adopted: undefined };
    super(OWN.apiKey, name, { ...args, ...outputs }, secretly(opts, ["key", "appPassword", "adopt"]));
  }
}

/** A stack's key, recorded before any consumer gets it, and the former keys. */
export class KeyHistory extends pulumi.CustomResource {
  declare readonly key: pulumi.Output<string>;
  declare readonly uuid: pulumi.Output<string>;
  declare readonly username: pulumi.Output<string>;
  declare readonly registryUrl: pulumi.Output<string>;
  declare readonly expiresAt: pulumi.Output<string>;
  declare readonly former: pulumi.Output<FormerKey[]>;

  constructor(name: string, args: AsInputs<KeyHistoryInputs>, opts?: pulumi.CustomResourceOptions) {
    super(OWN.keyHistory, name, { ...args, former: undefined }, secretly(opts, ["key"]));
  }
}

/** The former keys of a stack, revoked after their grace period. It must depend on all consumers. */
export class RetiredKeys extends pulumi.CustomResource {
  constructor(name: string, args: AsInputs<RetiredKeysInputs>, opts?: pulumi.CustomResourceOptions) {
    super(OWN.retiredKeys, name, { ...args, kept: undefined }, secretly(opts, ["key"]));
  }
}

/** One Actions secret of a repository or an organisation in Forgejo. The state holds a fingerprint of the value, never the value. */
export class ActionsSecret extends pulumi.CustomResource {
  declare readonly keyId: pulumi.Output<string | undefined>;

  constructor(name: string, args: AsInputs<ActionsSecretInputs>, opts?: pulumi.CustomResourceOptions) {
    super(OWN.actionsSecret, name, args, secretly(opts, ["value", "token"]));
  }
}

/** Deletes the undeclared Actions secrets of a repository or an organisation. */
export class UndeclaredSecrets extends pulumi.CustomResource {
  constructor(name: string, args: AsInputs<UndeclaredSecretsInputs>, opts?: pulumi.CustomResourceOptions) {
    super(OWN.undeclaredSecrets, name, args, secretly(opts, ["token"]));
  }
}

/** The access matrix, run against the live registry whenever its inputs change. */
export class AccessProof extends pulumi.CustomResource {
  declare readonly answers: pulumi.Output<number>;
  declare readonly keyId: pulumi.Output<string>;

  constructor(name: string, args: AsInputs<AccessProofInputs>, opts?: pulumi.CustomResourceOptions) {
    super(OWN.accessProof, name, { ...args, answers: undefined }, opts);
  }
}

function secretly(opts: pulumi.CustomResourceOptions = {}, names: string[]): pulumi.CustomResourceOptions {
  return pulumi.mergeOptions(opts, { additionalSecretOutputs: names });
}
