import { Network } from "./network";
import { type Accident, type Belongings, handlersFor, type Settings, Stack, type State } from "./stack";
import { DAY_MS, World } from "./world";

/** A pusher: its account, where its key is kept, and its own calendar. */
export interface Pusher extends Belongings {
  readonly settings: Settings & { readonly username: string };
}

export function pusher(name: string, settings: Partial<Settings> = {}): Pusher {
  const secret = `${name.replace("-", "_").toUpperCase()}_API_KEY`;
  return {
    item: `${name}-apikey`,
    secret,
    secrets: [[name.replace("-", ""), secret]],
    settings: { oldKey: "revoke", graceHours: 24, ...settings, username: name },
  };
}

/** Several pushers of one stack: one plugin process serves them all, as one after the other is made, given out and ended. */
export class Many {
  private static readonly network = new Network();
  private static current: World;

  private constructor(
    readonly world: World,
    readonly stacks: Stack[],
  ) {
    Many.network.open((request) => Many.current.serve(request));
  }

  static begin(pushers: readonly Pusher[]): Many {
    const world = new World();
    return new Many(
      world,
      pushers.map(({ settings, ...own }) => new Stack(world, settings, undefined, own)),
    );
  }

  static end(): void {
    Many.network.close();
  }

  /** As it is now, to try what follows many times. */
  copy(): Many {
    const world = new World(structuredClone(this.world.things));
    const copies = this.stacks.map(
      ({ own, settings, state }) => new Stack(world, settings, structuredClone<State>(state), own),
    );
    return new Many(world, copies);
  }

  /**
   * One `pulumi up`: nothing follows what failed.
   *
   * @param leaving pushers that the settings no longer have, by their names
   * @param refresh as `--refresh` does it, for what 1Password holds
   */
  async up(
    accident?: Accident,
    { leaving = [], refresh = false }: { leaving?: readonly string[]; refresh?: boolean } = {},
  ): Promise<boolean> {
    Many.current = this.world;
    this.world.beginRun(typeof accident === "object" ? accident : undefined);
    const handlers = handlersFor(this.world);
    const [gone, staying] = [true, false].map((goes) =>
      this.stacks.filter(({ settings: { username = "" } }) => leaving.includes(username) === goes),
    ) as [Stack[], Stack[]];
    try {
      if (refresh) for (const stack of this.stacks) await stack.refreshItems(handlers);
      for (const stack of staying) await stack.make(handlers, accident);
      for (const stack of staying) await stack.handOut(handlers);
      for (const stack of staying) await stack.end(handlers);
      for (const stack of gone) await stack.leave(handlers);
      return true;
    } catch {
      return false;
    }
  }

  isDue({ settings, state: { key } }: Stack): boolean {
    const { renewAfterDays = 60 } = settings;
    const { nowMs, skewMs } = this.world.things;
    return !key || nowMs + skewMs >= Date.parse(key.outputs.createdAt) + renewAfterDays * DAY_MS;
  }

  /** What somebody has to do where 1Password made an item and the answer was lost. */
  deleteLeftovers(): void {
    const { things } = this.world;
    const titles = this.stacks.map(({ own }) => own.item);
    const known = this.stacks.map(({ state }) => state.item?.id);
    things.items = things.items.filter(({ id, title }) => !titles.includes(title) || known.includes(id));
  }

  /** Ids of the live keys of a pusher that this stack made. */
  liveKeysOf({ settings: { username } }: Stack): string[] {
    return this.world.registry
      .live()
      .filter((key) => key.username === username)
      .map(({ uuid }) => uuid);
  }

  /** What is not as it must be once everything is done. Empty: all is well. */
  problems(): string[] {
    return [...this.world.outages, ...this.stacks.flatMap((stack) => this.problemsOf(stack))];
  }

  private problemsOf(stack: Stack): string[] {
    const { own, settings, state } = stack;
    const name = settings.username ?? "";
    const value = state.key?.outputs.key;
    const { items, secrets } = this.world.things;
    const held = [
      ...items.filter(({ title }) => title === own.item).map((item) => item.value),
      ...own.secrets.map(([repository, secret]) => secrets.get(`${repository}/${secret}`)),
    ];
    const live = this.liveKeysOf(stack);
    return [
      ...(live.length === 1 && live[0] === state.key?.id ? [] : [`${name} has ${live.length} live keys`]),
      ...(held.length === 2 && held.every((each) => each === value)
        ? []
        : [`${name}'s holders have other keys`]),
    ];
  }
}
