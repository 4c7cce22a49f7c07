/** A binding that an object of Authentik has already. */
export interface PresentBinding {
  /** Name of the group that it binds; undefined: a user or a policy. */
  readonly group: string | undefined;
  readonly order: number;
  /** Whether nothing of it has to be changed but the order, which means nothing. */
  readonly settled: boolean;
}

export interface BindingOrder {
  readonly order: number;
  /** Whether the binding is there and keeps the order that it has. */
  readonly kept: boolean;
}

const STEP = 10;

/**
 * The order of each group's binding. Authentik refuses an update that gives a binding the order of another one of the same
 * object, and it decides nothing who comes first: what exists keeps its order, wherever the group stands in the settings, and
 * what is new comes after it. Only a binding that has to be changed and shares its order with another gets one of its own.
 *
 * @param groups names; of a group that is not there yet nothing is bound
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
