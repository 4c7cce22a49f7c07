import type { FoundApplication, FoundProvider } from "../../../systems/authentik/client";
import type { HostInstallation } from "../../../systems/host/installation";

/** A secret of the settings: its location in 1Password, or its value, to be encrypted. */
export type SecretSource = { readonly reference: string } | { readonly value: string };

/** An account that pushes, from Authentik and the host's rules. */
export interface FoundPusher {
  readonly username: string;
  readonly group: string;
  /** Reference of its key in use; undefined: none was found. */
  readonly key: string | undefined;
  /** Title of the item for its next keys, if a user's item has the usual title. */
  readonly itemTitle?: string;
}

export interface FoundRepository {
  readonly owner: string;
  readonly name: string;
  /** Names of its Actions secrets. */
  readonly secrets: readonly string[];
}

/** What was found about an installation, for its stack's settings. */
export interface Discovered {
  readonly registryUrl: string | undefined;
  readonly vault: { readonly id: string; readonly name: string } | undefined;
  /** Values of the vault's fields, by their references. */
  readonly references: ReadonlyMap<string, string>;
  readonly authentik:
    | {
        readonly url: string;
        readonly token: SecretSource | undefined;
        readonly application: FoundApplication | undefined;
        readonly provider: FoundProvider | undefined;
        /** Whether the application has no bindings, so everybody may log in. */
        readonly isOpenToAll: boolean;
        /** Slugs of its flows and the name of its key, by id. */
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
    /** Set if no service manager was found. */
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
