/** What a name would be taken for. */
interface Reserved {
  readonly names: RegExp;
  readonly taken: string;
}

const ACCOUNTS: readonly Reserved[] = [
  {
    // As systems/zot/proof and `npm run who-can` name those whose answers they show.
    names: /^(anonymous|everybody|any login|admin|outsider|expired key|revoked key)$/i,
    taken: "is what the access proof and `npm run who-can` call somebody else",
  },
  { names: /^akadmin$/i, taken: "is the administrator that Authentik makes for itself" },
  { names: /^ak-outpost-|^anonymoususer$/i, taken: "is an account that Authentik makes for itself" },
];

const GROUPS: readonly Reserved[] = [
  {
    names: /^authentik(\s|$)/i,
    taken: "is a group of Authentik's own, whose members administrate or read it",
  },
];

const taken = (all: readonly Reserved[]) => (name: string) =>
  all.find(({ names }) => names.test(name))?.taken;

/** Why no pusher can have that name, or undefined. */
export const takenAccount = taken(ACCOUNTS);
/** The same of the group of a pusher. */
export const takenGroup = taken(GROUPS);

/** What a reader, or Authentik's login, takes for the same. */
const alike = (name: string): string => name.normalize("NFKC").toLowerCase();

/** How two names differ that are taken for the same, or undefined where nobody would. */
export function differsOnlyBy(name: string, other: string): string | undefined {
  if (name === other || alike(name) !== alike(other)) return undefined;
  return name.toLowerCase() === other.toLowerCase() ? "case alone" : "how its letters are encoded";
}
