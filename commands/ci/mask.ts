/** Shorter texts are found in words that have nothing to do with a secret: those are cut where they stand by themselves. */
const SHORTEST = 8;
const MASK = "[secret]";

/**
 * Cuts every known secret out of a text: as it stands, as JSON and URLs would escape it, in base64 by itself and in the middle
 * of more, and line by line where it has several, since a diff prints those one by one.
 */
export function mask(text: string, secrets: Iterable<string>): string {
  const whole = new Set([...secrets].map((secret) => secret.trim()).filter((secret) => secret !== ""));
  const forms = new Set([...whole].flatMap(formsOf).filter((form) => form.length >= SHORTEST));
  // Longest first: a secret that begins with another one is cut as a whole.
  const longest = [...forms].sort((a, b) => b.length - a.length);
  const masked = longest.reduce((rest, form) => rest.replaceAll(form, MASK), text);
  const short = [...whole].filter((secret) => secret.length < SHORTEST);
  return short.reduce((rest, secret) => rest.replace(standingAlone(secret), MASK), masked);
}

function formsOf(secret: string): string[] {
  const json = JSON.stringify(secret).slice(1, -1);
  const lines = secret.split("\n").map((line) => line.trim());
  return [secret, json, escapedByGo(json), encodeURIComponent(secret), ...lines, ...base64Forms(secret)];
}

/** Go's encoding/json, and so Pulumi, also escapes what HTML would take for its own. */
function escapedByGo(json: string): string {
  return json.replace(/[<>&]/g, (character) => `\\u00${character.charCodeAt(0).toString(16)}`);
}

/** What of a secret's base64 is the same whatever stands before and after it, as in the login `user:password`. */
function base64Forms(secret: string): string[] {
  return [0, 1, 2].map((before) => {
    const bytes = Buffer.concat([Buffer.alloc(before), Buffer.from(secret)]);
    // Six bits a character: the first and the last one may hold bits of the neighbours.
    return bytes.toString("base64").slice(Math.ceil((before * 8) / 6), Math.floor((bytes.length * 8) / 6));
  });
}

function standingAlone(secret: string): RegExp {
  const literal = secret.replace(/[\\^$.*+?()[\]{}|/-]/g, "\\$&");
  return new RegExp(`(?<![\\p{L}\\p{N}_])${literal}(?![\\p{L}\\p{N}_])`, "gu");
}

const SECRET_VARIABLE = /(TOKEN|PASSWORD|PASSPHRASE|SECRET|_KEY|CREDENTIALS)$/;

/** Values of the environment's variables that hold secrets by their names, and the password of a URL. */
export function secretsOf(environment: NodeJS.ProcessEnv): string[] {
  return Object.entries(environment).flatMap(([name, value = ""]) => {
    const password = URL.canParse(value) ? decodeURIComponent(new URL(value).password) : "";
    return [...(SECRET_VARIABLE.test(name) ? [value] : []), ...(password === "" ? [] : [password])];
  });
}
