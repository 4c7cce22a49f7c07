/** Shorter texts would be found in words that have nothing to do with a secret. */
const SHORTEST = 8;
const MASK = "[secret]";

/**
 * Cuts every known secret out of a text, as it stands, as JSON would escape it, and line by line where it has several: a
 * diff prints those one by one.
 */
export function mask(text: string, secrets: Iterable<string>): string {
  const forms = new Set<string>();
  for (const secret of secrets) {
    for (const form of [secret, JSON.stringify(secret).slice(1, -1), ...secret.split("\n"), base64(secret)]) {
      const trimmed = form.trim();
      if (trimmed.length >= SHORTEST) forms.add(trimmed);
    }
  }
  // Longest first: a secret that begins with another one is cut as a whole.
  const longest = [...forms].sort((a, b) => b.length - a.length);
  return longest.reduce((masked, form) => masked.replaceAll(form, MASK), text);
}

function base64(text: string): string {
  return Buffer.from(text).toString("base64");
}

const SECRET_VARIABLE = /(TOKEN|PASSWORD|PASSPHRASE|SECRET|_KEY|CREDENTIALS)$/;

/** Values of the environment's variables that hold secrets by their names, and the password of a URL. */
export function secretsOf(environment: NodeJS.ProcessEnv): string[] {
  return Object.entries(environment).flatMap(([name, value = ""]) => {
    const password = URL.canParse(value) ? decodeURIComponent(new URL(value).password) : "";
    return [...(SECRET_VARIABLE.test(name) ? [value] : []), ...(password === "" ? [] : [password])];
  });
}

const SIGNATURE_KEY = "4dabf18193072939515e22adb298388d";
const SECRET_SIGNATURE = "1b47061264138c4ac30d75fd1eb44270";

/** The texts behind every secret of an exported state (`pulumi stack export --show-secrets`). */
export function secretsInState(state: unknown): string[] {
  if (Array.isArray(state)) return state.flatMap(secretsInState);
  if (typeof state !== "object" || state === null) return [];
  if (Reflect.get(state, SIGNATURE_KEY) === SECRET_SIGNATURE) {
    const plaintext: unknown = Reflect.get(state, "plaintext");
    return typeof plaintext === "string" ? textsIn(JSON.parse(plaintext)) : [];
  }
  return Object.values(state).flatMap(secretsInState);
}

function textsIn(value: unknown): string[] {
  if (typeof value === "string") return [value];
  if (typeof value !== "object" || value === null) return [];
  return Object.values(value).flatMap(textsIn);
}
