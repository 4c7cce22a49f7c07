/** What the value of an Actions secret begins with that stands for a pusher's key. */
export const KEY_OF = "key:";
/** Value of an Actions secret that stood for the only key that there was. */
export const MINTED_KEY = "minted-key";

// The strictest of Forgejo's and Gitea's rules: one Forgejo release line refuses these words anywhere in the
// name, the others only at its start; Gitea also refuses CI.
const RESERVED_WORDS = ["FORGEJO_", "GITEA_", "GITHUB_"];
const RESERVED_NAMES = ["CI"];
const MAX_LENGTH = 255;

/** What Forgejo would refuse about the name of an Actions secret, or undefined when every release takes it. */
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
