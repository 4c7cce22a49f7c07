/** What a release of Authentik lacks, beside the newest that the stand-in plays. */
export interface Flavour {
  /** As `GET admin/version/` tells it. */
  readonly version: string;
  /** Fields that it does not know, by the path of a kind: it ignores them in requests and leaves them out of answers. */
  readonly lacks: Readonly<Record<string, readonly string[]>>;
  /** Whether a redirect URI has a type of its own. */
  readonly redirectUriTypes: boolean;
  /** What its answers hold beside those of the newest. */
  readonly adds: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
}

const LACKED_BEFORE_2026_5 = {
  "providers/oauth2": ["grant_types"],
  "core/applications": ["meta_hide", "pbm_uuid"],
  "policies/bindings": ["expires", "expiring"],
};
const LACKED_BEFORE_2026_8 = {
  "core/applications": ["pbm_uuid"],
  "policies/bindings": ["expires", "expiring"],
};

/**
 * Releases by the schemas that Authentik publishes with its API clients, compared for the objects that this project manages: a
 * row of a release says all that differs. 2025.10 has one parent a group, and neither the addresses of images nor the roles
 * that the provider plugin's client requires of each answer; from 2025.12 on they are there, as in 2026.2.
 */
export const FLAVOURS = {
  "2025.10": {
    version: "2025.10.4",
    lacks: {
      "providers/oauth2": ["grant_types"],
      "core/applications": ["meta_hide", "meta_icon_url", "meta_icon_themed_urls", "pbm_uuid"],
      "core/groups": ["parents", "parents_obj", "inherited_roles_obj"],
      "core/users": ["roles", "roles_obj"],
      "crypto/certificatekeypairs": ["key_type"],
      "flows/instances": ["background_url", "background_themed_urls"],
      "policies/bindings": ["expires", "expiring"],
      "stages/identification": ["webauthn_stage"],
    },
    redirectUriTypes: false,
    adds: {
      "core/groups": { parent: null, parent_name: null },
      "crypto/certificatekeypairs": { private_key_type: "rsa" },
    },
  },
  "2026.2": { version: "2026.2.0", lacks: LACKED_BEFORE_2026_5, redirectUriTypes: false, adds: {} },
  "2026.5": { version: "2026.5.6", lacks: LACKED_BEFORE_2026_8, redirectUriTypes: true, adds: {} },
  "2026.8": { version: "2026.8.3", lacks: {}, redirectUriTypes: true, adds: {} },
} satisfies Record<string, Flavour>;

export type Release = keyof typeof FLAVOURS;
export const RELEASES = Object.keys(FLAVOURS) as readonly Release[];
/** The release that is played unless another is asked for. */
export const DEFAULT_RELEASE: Release = "2026.5";
