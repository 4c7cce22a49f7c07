import { Mutex } from "async-mutex";
import { z } from "zod";
import { FORGEJO } from "../../systems/forgejo/forgejo-error";
import { readJson } from "../../systems/http/json";
import { pathOf } from "../../systems/http/path";
import { type HttpReply, request } from "../../systems/http/request";

/** Organisations of a rehearsal begin so, and nobody else's do. */
const PREFIX = "zot-access-rehearsal";
const TIMEOUT_MS = 60_000;
const PAGE = 50;
const named = z.array(z.looseObject({ name: z.string() }));

/**
 * A Forgejo that is not the rehearsal's own. What is made in it belongs to organisations by which it is found again: those that a killed
 * rehearsal left are removed at first, its own at the end.
 */
export class RealForgejo {
  private readonly owners = new Set<string>();
  /** One at a time: nothing is made any more once it is being removed. */
  private readonly turn = new Mutex();
  private ended = false;

  private constructor(
    private readonly url: string,
    private readonly token: string,
  ) {}

  static async open(url: string, token: string, write: (text: string) => void): Promise<RealForgejo> {
    const forgejo = new RealForgejo(url.replace(/\/+$/, ""), token);
    const left = await forgejo.organisations();
    if (left.length > 0)
      write(`removing what a rehearsal left in ${url} that was killed: ${left.join(", ")}\n`);
    await forgejo.remove(left);
    return forgejo;
  }

  /** The organisation that stands for an owner; for the usual one where none is named. */
  ownerOf(owner?: string): string {
    return owner === undefined ? PREFIX : `${PREFIX}-${owner}`;
  }

  /** @throws Error where Forgejo refuses it */
  makeRepository({ name, owner }: { readonly name: string; readonly owner?: string }): Promise<void> {
    return this.turn.runExclusive(async () => {
      if (this.ended) throw new Error("the rehearsal is ending: it makes nothing more in Forgejo");
      const org = this.ownerOf(owner);
      if (!this.owners.has(org)) await this.send("POST", "orgs", { username: org, visibility: "private" });
      this.owners.add(org);
      const known = await this.names(`orgs${pathOf(org)}/repos`);
      if (known.includes(name)) return;
      await this.send("POST", `orgs${pathOf(org)}/repos`, { name, private: true });
      // A server's default may be off, and then a repository has no secrets.
      await this.send("PATCH", `repos${pathOf(org, name)}`, { has_actions: true });
    });
  }

  /** @throws Error that names what is still there */
  stop(): Promise<void> {
    return this.turn.runExclusive(async () => {
      this.ended = true;
      await this.remove(await this.organisations());
    });
  }

  private async organisations(): Promise<string[]> {
    const all = await this.names("user/orgs");
    return all.filter((name) => name === PREFIX || name.startsWith(`${PREFIX}-`));
  }

  /** An organisation that has repositories is not deleted. */
  private async remove(orgs: readonly string[]): Promise<void> {
    const left: string[] = [];
    const gone = async (path: string) => {
      const { status } = await this.ask("DELETE", path);
      if (![204, 404].includes(status)) left.push(path);
    };
    for (const org of orgs) {
      for (const name of await this.names(`orgs${pathOf(org)}/repos`))
        await gone(`repos${pathOf(org, name)}`);
      await gone(`orgs${pathOf(org)}`);
    }
    if (left.length > 0)
      throw new Error(
        `not removed from ${this.url}: ${left.join(", ")}; the next rehearsal with it tries again`,
      );
  }

  private async names(path: string): Promise<string[]> {
    const all: string[] = [];
    for (let page = 1; ; page++) {
      const action = `GET ${path}`;
      const reply = await this.ask("GET", `${path}?limit=${PAGE}&page=${page}`);
      if (reply.status !== 200) throw this.refusal(action, reply);
      const read = readJson(reply, { peer: FORGEJO, action, schema: named, expected: "a list" });
      all.push(...read.map(({ name }) => name));
      if (read.length === 0) return all;
    }
  }

  private async send(method: string, path: string, body: object): Promise<void> {
    const reply = await this.ask(method, path, body);
    if (reply.status >= 300) throw this.refusal(`${method} ${path}`, reply);
  }

  private refusal(action: string, { status, text }: HttpReply): Error {
    return new Error(
      `${this.url} answered ${status} to ${action}: ${text}\nThe token needs to read and write repositories, organizations and the user.`,
    );
  }

  private ask(method: string, path: string, body?: object): Promise<HttpReply> {
    return request({
      peer: FORGEJO,
      action: `${method} ${path}`,
      method,
      url: `${this.url}/api/v1/${path}`,
      headers: {
        accept: "application/json",
        authorization: `token ${this.token}`,
        ...(body && { "content-type": "application/json" }),
      },
      ...(body && { body: JSON.stringify(body) }),
      timeoutMs: TIMEOUT_MS,
    });
  }
}
