import { compareSync } from "bcryptjs";
import { readFileSync } from "node:fs";
import { ConfigRefused } from "./config/refused";

/** Users of an htpasswd file, by bcrypt alone, as zot takes them (its pkg/api/htpasswd.go). It is read at the start, and not again. */
export class Htpasswd {
  readonly #hashes: ReadonlyMap<string, string>;

  /** @param path undefined: there is no such login */
  constructor(path: string | undefined) {
    this.#hashes = new Map(path === undefined ? [] : linesOf(path));
  }

  authenticate(name: string, password: string): boolean {
    const hash = this.#hashes.get(name);
    return hash !== undefined && compareSync(password, hash);
  }
}

function linesOf(path: string): [string, string][] {
  let text: string;
  try {
    text = readFileSync(path, "utf8");
  } catch {
    throw new ConfigRefused(`open ${path}: no such file or directory`);
  }
  return text.split("\n").flatMap((line): [string, string][] => {
    const at = line.indexOf(":");
    return at < 1 ? [] : [[line.slice(0, at), line.slice(at + 1).trim()]];
  });
}
