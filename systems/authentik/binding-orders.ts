/** An existing binding of an object in Authentik. */
export interface PresentBinding {
  /** Name of the bound group; undefined: it binds a user or a policy. */
  readonly group: string | undefined;
  readonly order: number;
  /** Whether only its order differs, which means nothing. */
  readonly settled: boolean;
}

export interface BindingOrder {
  readonly order: number;
  /** Whether the binding exists and keeps its order. */
  readonly kept: boolean;
}

const STEP = 10;

/**
 * The order of each group's binding. Authentik refuses an update that gives two bindings of one object the same
 * order, although the order decides nothing: existing bindings keep theirs, wherever the group is in the settings,
 * and new ones come after them. Only a binding that must change and shares its order with another gets its own.
 *
 * @param groups names; a group that does not exist yet has no binding
 */
export function bindingOrders(present: readonly PresentBinding[], groups: readonly string[]): BindingOrder[] {
  const shared = (order: number) => present.filter((each) => each.order === order).length > 1;
  const last = Math.max(-STEP, ...present.map(({ order }) => order));
  let next = (Math.floor(last / STEP) + 1) * STEP;
  const fresh = () => {
    const order = next;
    next += STEP;
    return { order, kept: false };
  };
  return groups.map((group) => {
    const own = present.find((each) => each.group === group);
    if (!own || (shared(own.order) && !own.settled)) return fresh();
    return { order: own.order, kept: true };
  });
}
