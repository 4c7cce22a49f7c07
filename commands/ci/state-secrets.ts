import { parseDeployment, resourcesOf } from "../../systems/pulumi/deployment";
import { ITEM, OWN, REMOTE_COMMAND } from "../../systems/pulumi/types";
import { secretOf } from "../../systems/pulumi/values";

/**
 * Values that the state encrypts only because of something beside them, as paths with dots. Masking them would remove
 * the whole diff: the config is part of the deploy's input, line by line.
 */
const FORMER = /^former\.\d+\.(registryUrl|username|uuid|expiresAt|adopted)$/;
const PUBLIC: readonly (readonly [type: string, path: RegExp])[] = [
  [REMOTE_COMMAND, /^connection\.(host|user|hostKey)$/],
  // Its one secret, the client secret, is also an output of the provider in Authentik.
  [REMOTE_COMMAND, /^stdin$/],
  // The record of a former key, in a state from before only the key itself was marked.
  [OWN.keyHistory, FORMER],
  [OWN.retiredKeys, FORMER],
  [OWN.accessProof, /^identities\.\d+\.(name|username|groups\.\d+)$/],
  [ITEM, /^(noteValue|sectionMap\.(renewal|key)\.fieldMap\.[\w ]+\.value)$/],
];

/**
 * The secrets of an exported state (`pulumi stack export --show-secrets`).
 *
 * @throws Error, without any text of the state, if its format is unknown
 */
export function secretsInState(text: string): string[] {
  try {
    return resourcesOf(parseDeployment(text)).flatMap(({ type, inputs, outputs }) => {
      const open = PUBLIC.filter(([known]) => known === type).map(([, paths]) => paths);
      return [...textsIn(inputs, "", false), ...textsIn(outputs, "", false)]
        .filter(({ path }) => !open.some((paths) => paths.test(path)))
        .map(({ text: secret }) => secret);
    });
  } catch {
    // No cause: JSON.parse and zod quote their input, here a state with plain-text secrets.
    throw new Error("The state came in an unknown format.");
  }
}

interface Text {
  readonly path: string;
  readonly text: string;
}

/** The texts of a value that are secret, or inside a secret. */
function textsIn(value: unknown, path: string, secret: boolean): Text[] {
  if (typeof value === "string") return secret ? [{ path, text: value }] : [];
  if (typeof value !== "object" || value === null) return [];
  const found = secretOf(value);
  if (found) return textsIn(found.plaintext, path, true);
  return Object.entries(value).flatMap(([name, inner]) =>
    textsIn(inner, path === "" ? name : `${path}.${name}`, secret),
  );
}
