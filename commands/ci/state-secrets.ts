import { z } from "zod";

const SIGNATURE_KEY = "4dabf18193072939515e22adb298388d";
const SECRET_SIGNATURE = "1b47061264138c4ac30d75fd1eb44270";

/**
 * What is encrypted in the state for the sake of something beside it, as paths with dots. To cut these texts out would leave
 * nothing of the diff that is to be shown: the config is part of the deploy's input, line by line.
 */
const PUBLIC: readonly (readonly [type: RegExp, path: RegExp])[] = [
  [/^command:remote:Command$/, /^connection\.(host|user|hostKey)$/],
  // Its one secret, the client's, is an output of the provider in Authentik too.
  [/^command:remote:Command$/, /^stdin$/],
  // What a renewal writes down of the key before it, in a state that was written before it marked the key alone.
  [
    /^zot-access:index:(KeyHistory|RetiredKeys)$/,
    /^former\.\d+\.(registryUrl|username|uuid|expiresAt|adopted)$/,
  ],
  [/^zot-access:index:AccessProof$/, /^identities\.\d+\.(name|username|groups\.\d+)$/],
  [/^onepassword:index\/item:Item$/, /^(noteValue|sectionMap\.(renewal|key)\.fieldMap\.[\w ]+\.value)$/],
];

const stateSchema = z.object({
  deployment: z.object({
    resources: z
      .array(
        z.looseObject({ type: z.string(), inputs: z.unknown().optional(), outputs: z.unknown().optional() }),
      )
      .optional(),
  }),
});

/**
 * The secrets of an exported state (`pulumi stack export --show-secrets`).
 *
 * @throws Error, without any text of the state, where it is of a form that is not known
 */
export function secretsInState(text: string): string[] {
  const { resources = [] } = parsed(text).deployment;
  try {
    return resources.flatMap(({ type, inputs, outputs }) => {
      const open = PUBLIC.filter(([types]) => types.test(type)).map(([, paths]) => paths);
      return [...textsIn(inputs, "", false), ...textsIn(outputs, "", false)]
        .filter(({ path }) => !open.some((paths) => paths.test(path)))
        .map(({ text: secret }) => secret);
    });
  } catch {
    throw unknownForm();
  }
}

/** Neither JSON.parse nor zod may tell what it could not read: that is a state with its secrets in clear. */
function parsed(text: string): z.output<typeof stateSchema> {
  try {
    return stateSchema.parse(JSON.parse(text));
  } catch {
    throw unknownForm();
  }
}

function unknownForm(): Error {
  return new Error("The state came in a form that is not known.");
}

interface Text {
  readonly path: string;
  readonly text: string;
}

/** The texts of a value that are secret, or in something that is. */
function textsIn(value: unknown, path: string, secret: boolean): Text[] {
  if (typeof value === "string") return secret ? [{ path, text: value }] : [];
  if (typeof value !== "object" || value === null) return [];
  if (Reflect.get(value, SIGNATURE_KEY) === SECRET_SIGNATURE) {
    const plaintext: unknown = Reflect.get(value, "plaintext");
    return typeof plaintext === "string" ? textsIn(JSON.parse(plaintext), path, true) : [];
  }
  return Object.entries(value).flatMap(([name, inner]) =>
    textsIn(inner, path === "" ? name : `${path}.${name}`, secret),
  );
}
