import { randomBytes } from "node:crypto";
import { setTimeout as delay } from "node:timers/promises";
import type { ApiKeyInfo, Credential, ZotClient } from "../client";
import type { MatrixIdentity } from "./types";

/** The minting user; the keys that must be refused belong to it. */
export interface TestKeyOwner {
  readonly username: string;
  readonly key: string;
  /** The user's expected groups in zot. */
  readonly groups: string[];
}

/** Prefix of the labels: it shows the keys' purpose in a list, and a later run finds leftovers by it. */
export const LABEL = "zot-access verify";

/** zot's dates of keys have whole seconds. */
const SECOND_MS = 1000;
const EXPIRES_AFTER_MS = 2 * SECOND_MS;
/** The lifetime of a key that a killed run leaves. */
const SPARE_AFTER_MS = 60 * SECOND_MS;
/** Another run may be active: its keys are not touched before this age. */
const LEFT_AFTER_MS = 600 * SECOND_MS;
const LOOK_EVERY_MS = 200;
const LONGEST_WAIT_MS = 8 * SECOND_MS;

/** One user's key, sent with another user's name. */
export function wrongUser({ key, groups }: TestKeyOwner, username: string): MatrixIdentity {
  return { name: "wrong user", username, password: key, groups, dead: true };
}

/**
 * A revoked key and an expired one, minted with the owner's own key; the second expires after about two seconds.
 * cleanUp() reverts make(), and must be called even if make() throws.
 */
export class DeadKeyMaker {
  /** In the labels: another run may be active, and the answer of a mint request may be lost. */
  private readonly run = randomBytes(4).toString("hex");
  private began = false;
  private making?: Promise<MatrixIdentity[]>;

  constructor(
    private readonly registry: ZotClient,
    private readonly owner: TestKeyOwner,
    private readonly signal?: AbortSignal,
  ) {}

  make(): Promise<MatrixIdentity[]> {
    return (this.making ??= this.mintAndKill());
  }

  private async mintAndKill(): Promise<MatrixIdentity[]> {
    const now = (await this.registry.ping(this.credential)).date ?? new Date();
    const expired = await this.mint("expired", new Date(now.getTime() + EXPIRES_AFTER_MS));
    const revoked = await this.mint("revoked", new Date(now.getTime() + SPARE_AFTER_MS));
    await this.registry.revokeApiKey(this.credential, revoked.uuid);
    await this.untilDead(expired.key);
    return [this.identity("expired key", expired.key), this.identity("revoked key", revoked.key)];
  }

  /** Revokes the keys of this run, and those that killed runs left. */
  async cleanUp(): Promise<void> {
    // A key that is still being minted would be missing in the list.
    await Promise.allSettled([this.making]);
    if (!this.began) return;
    const now = (await this.registry.ping(this.credential)).date ?? new Date();
    const keys = await this.registry.listApiKeys(this.credential);
    const doomed = keys.filter((key) => key.label.endsWith(this.run) || isLeftBehind(key, now));
    await Promise.all(doomed.map(({ uuid }) => this.registry.revokeApiKey(this.credential, uuid)));
  }

  private mint(what: string, expiresAt: Date) {
    this.signal?.throwIfAborted();
    this.began = true;
    const label = `${LABEL}: ${what} key of run ${this.run}`;
    return this.registry.mintApiKey(this.credential, { label, expiresAt });
  }

  /** By the registry's own clock; if the registry never lets the key expire, the matrix shows it. */
  private async untilDead(key: string): Promise<void> {
    const credential = { ...this.credential, password: key };
    const patience = AbortSignal.timeout(LONGEST_WAIT_MS);
    while (!patience.aborted && (await this.registry.ping(credential)).status !== 401) {
      await delay(LOOK_EVERY_MS, undefined, this.signal && { signal: this.signal });
    }
  }

  private identity(name: string, key: string): MatrixIdentity {
    const { username, groups } = this.owner;
    return { name, username, password: key, groups, dead: true };
  }

  private get credential() {
    const { username, key } = this.owner;
    return { kind: "basic", username, password: key } satisfies Credential;
  }
}

function isLeftBehind({ label, isExpired, createdAt }: ApiKeyInfo, now: Date): boolean {
  if (!label.startsWith(`${LABEL}: `)) return false;
  return isExpired || now.getTime() - Date.parse(createdAt) > LEFT_AFTER_MS;
}
