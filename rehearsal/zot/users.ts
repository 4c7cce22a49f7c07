import { createHash, randomUUID } from "node:crypto";
import { readFileSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { now } from "./clock";
import { goTime, NO_TIME } from "./go";

/** What zot shows of a key; never the key itself, of which it keeps the hash alone. */
export interface KeyDetails {
  createdAt: string;
  expirationDate: string;
  isExpired: boolean;
  creatorUa: string;
  generatedBy: string;
  lastUsed: string;
  label: string;
  scopes: string[] | null;
  uuid: string;
}

interface User {
  /** Those of the last login. */
  groups: string[];
  /** By the key's hash. */
  keys: Record<string, KeyDetails>;
}

const PREFIX = "zak_";

/** zot's metaDB as far as users go: groups and API keys, kept in one file, so that they survive a restart. */
export class Users {
  readonly #file: string;
  readonly #users: Map<string, User>;

  constructor(root: string) {
    this.#file = join(root, "standin-users.json");
    this.#users = read(this.#file);
  }

  /** Undefined: the user never logged in. */
  groups(name: string): string[] | undefined {
    return this.#users.get(name)?.groups;
  }

  logIn(name: string, groups: string[]): void {
    this.#users.set(name, { keys: {}, ...this.#users.get(name), groups });
    this.#save();
  }

  /** @param expires as RFC 3339; undefined: never */
  mint(
    name: string,
    {
      label,
      scopes,
      expires,
      agent,
    }: { label: string; scopes: string[] | null; expires?: string; agent: string },
  ): { key: string; details: KeyDetails } {
    const secret = randomUUID().replaceAll("-", "");
    const details: KeyDetails = {
      createdAt: goTime(now()),
      expirationDate: expires ?? NO_TIME,
      isExpired: false,
      creatorUa: agent,
      generatedBy: "manual",
      lastUsed: NO_TIME,
      label,
      scopes,
      uuid: randomUUID(),
    };
    const user = this.#users.get(name) ?? { groups: [], keys: {} };
    user.keys[hash(secret)] = details;
    this.#users.set(name, user);
    this.#save();
    return { key: `${PREFIX}${secret}`, details };
  }

  list(name: string): KeyDetails[] {
    return Object.values(this.#users.get(name)?.keys ?? {}).map((details) => ({
      ...details,
      isExpired: details.isExpired || isOver(details),
    }));
  }

  /** Does nothing for an id that is not one of this user's. */
  revoke(name: string, uuid: string): void {
    const user = this.#users.get(name);
    if (!user) return;
    user.keys = Object.fromEntries(Object.entries(user.keys).filter(([, details]) => details.uuid !== uuid));
    this.#save();
  }

  /** Whether it is a live key of this very user; notes its use. An expired key stays expired if the clock goes back. */
  authenticate(name: string, password: string): boolean {
    if (!password.startsWith(PREFIX)) return false;
    const details = this.#users.get(name)?.keys[hash(password.slice(PREFIX.length))];
    if (!details || details.isExpired) return false;
    if (isOver(details)) details.isExpired = true;
    else details.lastUsed = goTime(now());
    this.#save();
    return !details.isExpired;
  }

  #save(): void {
    const staged = `${this.#file}.new`;
    writeFileSync(staged, JSON.stringify(Object.fromEntries(this.#users)), { mode: 0o600 });
    renameSync(staged, this.#file);
  }
}

function isOver({ expirationDate }: KeyDetails): boolean {
  return expirationDate !== NO_TIME && now() > new Date(expirationDate);
}

function hash(secret: string): string {
  return createHash("sha256").update(secret).digest("hex");
}

function read(file: string): Map<string, User> {
  try {
    return new Map(Object.entries(JSON.parse(readFileSync(file, "utf8")) as Record<string, User>));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return new Map();
    throw error;
  }
}
