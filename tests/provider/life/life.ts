import { destroy } from "./destroy";
import { Network } from "./network";
import { FOREIGN_LABELS } from "./registry";
import { type Settings, Stack } from "./stack";
import { DAY_MS, ITEM, World } from "./world";

export const REVOKE: Settings = { oldKey: "revoke", graceHours: 24 };

/** A stack and everything around it, which can be copied, so that what follows from one moment can be tried many times. */
export class Life {
  private static readonly network = new Network();

  private constructor(
    readonly world: World,
    readonly stack: Stack,
  ) {
    Life.network.open((request) => Life.current.serve(request));
    Life.current = world;
  }

  private static current: World;

  static begin(settings = REVOKE): Life {
    const world = new World();
    return new Life(world, new Stack(world, settings));
  }

  static end(): void {
    Life.network.close();
  }

  copy(): Life {
    const world = new World(structuredClone(this.world.things));
    return new Life(world, new Stack(world, this.stack.settings, structuredClone(this.stack.state)));
  }

  up: Stack["up"] = (...run) => {
    Life.current = this.world;
    return this.stack.up(...run);
  };

  async destroy(): Promise<void> {
    Life.current = this.world;
    this.world.beginRun(undefined);
    await destroy(this.stack, this.world.now);
  }

  /** Other settings from the next run on. */
  change(settings: Partial<Settings>): void {
    this.stack.settings = { ...this.stack.settings, ...settings };
  }

  /** Whether the key is due by the registry's clock; so is one that is not there. */
  get isDue(): boolean {
    const { key } = this.stack.state;
    const { nowMs, skewMs } = this.world.things;
    return !key || nowMs + skewMs >= Date.parse(key.outputs.createdAt) + 60 * DAY_MS;
  }

  /** What somebody has to do where 1Password made an item and the answer was lost. */
  deleteLeftover(): void {
    const own = this.stack.state.item?.id;
    this.world.things.items = this.world.things.items.filter(({ title, id }) => title !== ITEM || id === own);
  }

  private get copies() {
    return this.world.things.items.filter(({ title }) => title === ITEM);
  }

  /** What is not as it must be once everything is done. Empty: all is well. */
  problems(): string[] {
    const { world, stack } = this;
    const { key } = stack.state;
    const live = world.registry.live().map(({ uuid }) => uuid);
    const foreign = world.things.keys
      .map(({ label }) => label)
      .filter((label) => FOREIGN_LABELS.includes(label));
    const holders = world.inUse();
    const stale = holders.filter(([, value]) => value !== key?.outputs.key).map(([where]) => where);
    return [
      ...world.outages,
      ...(live.length === 1 && live[0] === key?.id ? [] : [`${live.length} live keys`]),
      ...(foreign.join() === FOREIGN_LABELS.join() ? [] : ["keys of somebody else were touched"]),
      ...(holders.length === 3 ? [] : [`${holders.length} holders of the key`]),
      ...stale.map((where) => `${where} has another key`),
    ];
  }

  /** Equal for two moments from which the same can happen: what each key is to whom, without its name. */
  get shape(): string {
    const { world, stack } = this;
    const { key, pending, history, item, secrets, retired, note } = stack.state;
    const holders = world.inUse();
    const roles = world.registry
      .live()
      .map(({ uuid, key: value }) =>
        [
          key?.id === uuid && "current",
          pending.some(({ id }) => id === uuid) && "pending",
          history?.uuid === uuid && "written down",
          history?.former.some((former) => former.uuid === uuid) && "former",
          item?.outputs.uuid === uuid && "stored",
          retired?.uuid === uuid && "known",
          ...holders.map(([where, held]) => held === value && where),
        ]
          .filter(Boolean)
          .join("+"),
      );
    // One key that nobody has is as many.
    const known = [
      note && "note",
      item && "item",
      `${secrets.size} secrets`,
      retired && "retired",
      pending.length > 0,
    ];
    return JSON.stringify([[...new Set(roles)].sort(), known, this.isDue, this.copies.length]);
  }
}
