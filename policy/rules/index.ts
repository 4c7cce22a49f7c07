import type { Rule } from "../rule";
import type { HostSettings } from "../stack-settings";
import { anonymousReadsOnly } from "./anonymous-reads-only";
import { ciNeverOverwrites } from "./ci-never-overwrites";
import { hostKeyPinned } from "./host-key-pinned";
import { identityProtected } from "./identity-protected";
import { keyLifetime } from "./key-lifetime";
import { ownDeploy } from "./own-deploy";
import { redirectUris } from "./redirect-uris";
import { secretNames } from "./secret-names";

/** All rules except no-plain-secret, which needs to know what is encrypted. */
export const rules = (settings: () => HostSettings): readonly Rule[] => [
  anonymousReadsOnly,
  ciNeverOverwrites,
  redirectUris,
  identityProtected,
  hostKeyPinned,
  keyLifetime,
  secretNames,
  ownDeploy(settings),
];
