import { Mutex } from "async-mutex";
import { z } from "zod";
import { AuthentikCalls } from "./authentik-calls";
import { isKind, KINDS, type Named, textOf } from "./objects";

/** A group whose attributes say what a rehearsal made, so that the next one can remove it where this one was killed. */
const MARKER: Named = { kind: "core/groups/", name: "zot-access-rehearsal" };
const named = z.strictObject({ kind: z.string().refine(isKind), name: z.string().min(1) });
const marker = z.looseObject({
  attributes: z.looseObject({ zot_access_rehearsal: z.strictObject({ made: z.array(named) }) }),
});

/**
 * An Authentik that is not the rehearsal's own. What is made in it is written down there before it is made, never takes the place of what is
 * there, and is removed at the end.
 */
export class RealAuthentik {
  private readonly own = new Map<string, Named>();
  /** One at a time: nothing is made any more once it is being removed. */
  private readonly turn = new Mutex();
  private ended = false;

  private constructor(readonly calls: AuthentikCalls) {}

  /** Removes first what a rehearsal left that was killed. @throws Error where that is not possible */
  static async open(url: string, token: string, write: (text: string) => void): Promise<RealAuthentik> {
    const authentik = new RealAuthentik(new AuthentikCalls(url, token));
    const left = await authentik.leftovers();
    for (const each of left) authentik.own.set(textOf(each), each);
    if (left.length > 0) {
      write(`removing what a rehearsal left in ${url} that was killed: ${left.map(textOf).join(", ")}\n`);
      await authentik.removeAll();
    }
    return authentik;
  }

  owns(object: Named): boolean {
    return this.own.has(textOf(object));
  }

  async has(object: Named): Promise<boolean> {
    return (await this.calls.addressOf(object)) !== undefined;
  }

  /**
   * Makes objects of these names.
   *
   * @throws Error where one of them is there and was not made by this rehearsal; then nothing is made
   */
  make<T>(objects: readonly Named[], work: () => Promise<T>): Promise<T> {
    return this.turn.runExclusive(async () => {
      if (this.ended) throw new Error("the rehearsal is ending: it makes nothing more in Authentik");
      const fresh = objects.filter((each) => !this.owns(each));
      const there = await Promise.all(fresh.map((each) => this.has(each)));
      const taken = fresh.filter((_each, index) => there[index]);
      if (taken.length > 0)
        throw new Error(
          `${this.calls.url} has ${taken.map(textOf).join(", ")} already; the rehearsal makes objects of these names and removes them at ` +
            "its end: rename them, or give it an Authentik without them",
        );
      for (const each of fresh) this.own.set(textOf(each), each);
      if (fresh.length > 0) await this.note();
      return work();
    });
  }

  /** Removes all that was made. @throws Error that names what is still there */
  stop(): Promise<void> {
    return this.turn.runExclusive(async () => {
      this.ended = true;
      await this.removeAll();
    });
  }

  private async leftovers(): Promise<Named[]> {
    const address = await this.calls.addressOf(MARKER);
    if (address === undefined) return [];
    const read = marker.safeParse(await this.calls.find(address));
    if (!read.success)
      throw new Error(
        `${this.calls.url} has a group ${MARKER.name} that no rehearsal made, which needs that name: rename it`,
      );
    return [...read.data.attributes.zot_access_rehearsal.made, MARKER];
  }

  private async note(): Promise<void> {
    const made = [...this.own.values()].filter(({ name }) => name !== MARKER.name);
    const content = { name: MARKER.name, attributes: { zot_access_rehearsal: { made } } };
    const address = await this.calls.addressOf(MARKER);
    await (address === undefined
      ? this.calls.send("POST", MARKER.kind, content)
      : this.calls.send("PATCH", address, content));
    this.own.set(textOf(MARKER), MARKER);
  }

  private async removeAll(): Promise<void> {
    const order = Object.keys(KINDS);
    const rank = (each: Named) => (each.name === MARKER.name ? order.length : order.indexOf(each.kind));
    for (const each of [...this.own.values()].sort((one, other) => rank(one) - rank(other))) {
      // It names what is left: it stays as long as anything does.
      if (each.name === MARKER.name && this.own.size > 1) break;
      if (await this.calls.remove(each)) this.own.delete(textOf(each));
    }
    const left = [...this.own.keys()];
    if (left.length > 0)
      throw new Error(
        `not removed from ${this.calls.url}: ${left.join(", ")}; the next rehearsal with it tries again`,
      );
  }
}
