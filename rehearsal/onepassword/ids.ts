import { randomInt } from "node:crypto";

const ALPHABET = "abcdefghijklmnopqrstuvwxyz234567";
const LETTERS = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";
const CHARACTER_SETS: Readonly<Record<string, string>> = {
  LETTERS,
  DIGITS: "0123456789",
  SYMBOLS: "!@.-_*",
};

const pick = (alphabet: string, length: number) =>
  Array.from({ length }, () => alphabet.charAt(randomInt(alphabet.length))).join("");

/** An id of 1Password: 26 characters of base 32. */
export function newId(): string {
  return pick(ALPHABET, 26);
}

export function isId(text: string): boolean {
  return /^[a-z2-7]{26}$/.test(text);
}

/** A password by a generator recipe; all character sets and 32 characters where it says nothing. */
export function generate(recipe: { length?: number; characterSets?: readonly string[] } = {}): string {
  const sets = recipe.characterSets ?? Object.keys(CHARACTER_SETS);
  return pick(sets.map((name) => CHARACTER_SETS[name] ?? "").join("") || LETTERS, recipe.length ?? 32);
}
