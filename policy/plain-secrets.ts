import { type Declared, Hidden, type Inputs, isList, isMap, type Value } from "./declared";
import { KUBERNETES, OWN, packageOf } from "../systems/pulumi/types";

/** A text among a resource's inputs, with its path. */
interface Text {
  readonly urn: string;
  readonly type: string;
  readonly path: string;
  /** The last part of the path. */
  readonly name: string;
  readonly text: string;
  readonly hidden: boolean;
  /** The value of `type` beside it: 1Password's fields have CONCEALED. */
  readonly kind: Value;
}

/** Names of inputs that hold a secret, in any resource; whole words, because `onepassword` is not one. */
const WORDS = ["password", "passphrase", "secret", "token", "private_?key", "api_?key", "credential"];
const SECRET_NAME = new RegExp(`(^|[_.-])(${WORDS.join("|")})$`, "i");
const SECRET_CAMEL_NAME = /[a-z](Password|Passphrase|Secret|Token|PrivateKey|ApiKey|Credential)$/;
/** Inputs that hold a secret in one resource type, as paths. */
const SECRET_PATHS: readonly [typeOrPackage: string, path: RegExp][] = [
  ["zot-access", /^key$/],
  [OWN.actionsSecret, /^value$/],
  ["command", /^stdin$/],
  [KUBERNETES.secret, /^(stringData|data)\./],
];
/** Texts that are secret anywhere: registry keys, private keys, tokens of 1Password and GitHub, signed tokens. */
const SECRET_TEXT =
  /\bzak_[0-9a-f]{16,}|-----BEGIN [A-Z ]*PRIVATE KEY-----|\bops_eyJ|\bgh[opsu]_\w{30,}|\beyJ[\w-]{10,}\.eyJ[\w-]{10,}\./;
/** Shorter secrets would match unrelated texts. */
const SEARCHED_LENGTH = 12;

/** The secrets and the plain texts of a stack, in the order in which its resources are declared. */
export class PlainSecrets {
  private readonly hidden = new Set<string>();
  private readonly plain: Text[] = [];

  /**
   * @param resource with its secrets wrapped.
   * @returns the plain texts that are secret, of this resource or of an earlier one.
   */
  declare({ inputs, type, urn }: Omit<Declared, "name" | "protect">): string[] {
    const texts = textsOf(inputs).map((text) => ({ urn, type, ...text }));
    const plain = texts.filter(({ hidden }) => !hidden);
    const secrets = texts
      .filter((text) => text.hidden && isNamedSecret(text) && text.text.length >= SEARCHED_LENGTH)
      .map(({ text }) => text)
      .filter((text) => !this.hidden.has(text));
    const shown = [
      ...plain.filter((text) => isSecret(text) || holdsOneOf(text, this.hidden)),
      ...[...this.plain, ...plain].filter((text) => holdsOneOf(text, new Set(secrets))),
    ];
    secrets.forEach((secret) => this.hidden.add(secret));
    this.plain.push(...plain);
    return [...new Set(shown)].map(
      (text) =>
        `${text.path}${text.urn === urn ? "" : ` of ${text.urn}`} has a plain-text secret, which would appear in the ` +
        "state and in every diff: wrap it in pulumi.secret()",
    );
  }
}

function isSecret(text: Text): boolean {
  return text.text !== "" && (isNamedSecret(text) || SECRET_TEXT.test(text.text));
}

/**
 * Its inputs are the stack's settings, because it has the project's name: sections, such as `pushers`, and not
 * secrets.
 */
const SETTINGS = "pulumi:providers:zot-access";

function isNamedSecret({ name, kind, path, type }: Text): boolean {
  if (type === SETTINGS) return false;
  if (SECRET_NAME.test(name) || SECRET_CAMEL_NAME.test(name)) return true;
  if (name === "value" && kind === "CONCEALED") return true;
  return SECRET_PATHS.some(
    ([known, paths]) => (known === type || known === packageOf(type)) && paths.test(path),
  );
}

function holdsOneOf({ text }: Text, secrets: ReadonlySet<string>): boolean {
  for (const secret of secrets) if (text.includes(secret)) return true;
  return false;
}

type Place = Omit<Text, "urn" | "type" | "text">;

/** All texts in a map, its nested maps and lists, and its wrapped values. */
function textsOf(inputs: Inputs, path = "", hidden = false): (Place & { text: string })[] {
  return Object.entries(inputs).flatMap(([name, value]) =>
    textsIn(value, { name, kind: inputs["type"], path: path === "" ? name : `${path}.${name}`, hidden }),
  );
}

function textsIn(value: Value, at: Place): (Place & { text: string })[] {
  if (value instanceof Hidden) return textsIn(value.value, { ...at, hidden: true });
  if (typeof value === "string") return [{ ...at, text: value }];
  if (isMap(value)) return textsOf(value, at.path, at.hidden);
  if (!isList(value)) return [];
  return value.flatMap((inner, index) => textsIn(inner, { ...at, path: `${at.path}[${index}]` }));
}
