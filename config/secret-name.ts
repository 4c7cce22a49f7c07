/** Prefix of an Actions secret's value that stands for a pusher's key. */
export const KEY_OF = "key:";
/** Former value for the only key. */
export const MINTED_KEY = "minted-key";

// The strictest of Forgejo's and Gitea's rules: one Forgejo release line refuses these words anywhere in the
// name, the others only at its start; Gitea also refuses CI.
const RESERVED_WORDS = ["FORGEJO_", "GITEA_", "GITHUB_"];
const RESERVED_NAMES = ["CI"];
const MAX_LENGTH = 255;

/** Why Forgejo would refuse the name of an Actions secret, or undefined if every release accepts it. */
export function secretNameProblem(name: string): string | undefined {
  const upper = name.toUpperCase();
  if (name.length > MAX_LENGTH) return `is longer than ${MAX_LENGTH} characters`;
  if (!/^[A-Z_][A-Z0-9_]*$/.test(upper)) {
    return "may hold only letters, digits and _, and may not start with a digit";
  }
  const word = RESERVED_WORDS.find((reserved) => upper.includes(reserved));
  if (word !== undefined) return `holds ${word}, which Forgejo reserves`;
  if (RESERVED_NAMES.includes(upper)) return `is reserved`;
  return undefined;
}
