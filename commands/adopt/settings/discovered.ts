import type { FoundApplication, FoundProvider } from "../../../systems/authentik/client";
import type { HostInstallation } from "../../../systems/host/installation";

/** A secret of the settings: where 1Password has it, or its value, which is to be encrypted. */
export type SecretSource = { readonly reference: string } | { readonly value: string };

/** An account that pushes, as Authentik and the host's rules know it. */
export interface FoundPusher {
  readonly username: string;
  readonly group: string;
  /** Reference of the key that it uses; undefined: none was found. */
  readonly key: string | undefined;
  /** Of the item that gets its next keys, where an item of people's own has the usual title. */
  readonly itemTitle?: string;
}

export interface FoundRepository {
  readonly owner: string;
  readonly name: string;
  /** Names of its Actions secrets. */
  readonly secrets: readonly string[];
}

/** What was found of an installation, and is to be said in its stack's settings. */
export interface Discovered {
  readonly registryUrl: string | undefined;
  readonly vault: { readonly id: string; readonly name: string } | undefined;
  /** Values of fields of the vault, by their references. */
  readonly references: ReadonlyMap<string, string>;
  readonly authentik:
    | {
        readonly url: string;
        readonly token: SecretSource | undefined;
        readonly application: FoundApplication | undefined;
        readonly provider: FoundProvider | undefined;
        /** Whether nobody is bound to the application, so that everybody may log in. */
        readonly isOpenToAll: boolean;
        /** Slugs of its flows and name of its key, by their ids. */
        readonly names: ReadonlyMap<string, string>;
        readonly groups: readonly string[];
      }
    | undefined;
  readonly host: {
    readonly address: string;
    readonly port: number;
    readonly user: string;
    readonly hostKey: string | undefined;
    readonly privateKey: SecretSource | undefined;
    /** Where no service manager says it. */
    readonly restart: string | undefined;
  };
  readonly installation: HostInstallation;
  readonly pushers: readonly FoundPusher[];
  readonly forgejo:
    | {
        readonly url: string;
        readonly token: SecretSource | undefined;
        readonly owner: string | undefined;
        readonly repositories: readonly FoundRepository[];
      }
    | undefined;
  /** Sources of Actions secrets that the operator named, by `REPOSITORY/NAME` or `NAME`. */
  readonly sources: ReadonlyMap<string, string>;
}
