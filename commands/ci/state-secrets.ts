import { parseDeployment, resourcesOf } from "../../systems/pulumi/deployment";
import { ITEM, OWN, REMOTE_COMMAND } from "../../systems/pulumi/types";
import { secretOf } from "../../systems/pulumi/values";

/**
 * What is encrypted in the state for the sake of something beside it, as paths with dots. To cut these texts out would leave
 * nothing of the diff that is to be shown: the config is part of the deploy's input, line by line.
 */
const FORMER = /^former\.\d+\.(registryUrl|username|uuid|expiresAt|adopted)$/;
const PUBLIC: readonly (readonly [type: string, path: RegExp])[] = [
  [REMOTE_COMMAND, /^connection\.(host|user|hostKey)$/],
  // Its one secret, the client's, is an output of the provider in Authentik too.
  [REMOTE_COMMAND, /^stdin$/],
  // What a renewal writes down of the key before it, in a state that was written before it marked the key alone.
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
    // Neither JSON.parse nor zod may tell what it could not read: that is a state with its secrets in clear.
    throw new Error("The state came in an unknown format.");
  }
}

interface Text {
  readonly path: string;
  readonly text: string;
}

/** The texts of a value that are secret, or in something that is. */
function textsIn(value: unknown, path: string, secret: boolean): Text[] {
  if (typeof value === "string") return secret ? [{ path, text: value }] : [];
  if (typeof value !== "object" || value === null) return [];
  const found = secretOf(value);
  if (found) return textsIn(found.plaintext, path, true);
  return Object.entries(value).flatMap(([name, inner]) =>
    textsIn(inner, path === "" ? name : `${path}.${name}`, secret),
  );
}
