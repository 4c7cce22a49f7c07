import type { EngineMode, PolicyBinding, User } from "./objects";
import type { Store } from "./store";

/**
 * Whether the bindings of an object let somebody pass (authentik/policies/engine.py): enabled ones count, joined by the
 * object's mode, and no binding at all means everybody. `user` undefined: nobody is logged in.
 */
export function passesPolicies(
  store: Store,
  target: string,
  mode: EngineMode,
  user: User | undefined,
): boolean {
  const results = [...store.policyBindings.values()]
    .filter((binding) => binding.target === target && binding.enabled)
    .map((binding) => binding.negate !== matches(store, binding, user));
  if (results.length === 0) return true;
  return mode === "all" ? results.every(Boolean) : results.some(Boolean);
}

function matches(store: Store, { group, user: pk }: PolicyBinding, user: User | undefined): boolean {
  if (!user) return false;
  if (group !== null) return store.allGroups(user).some((each) => each.pk === group);
  return pk === user.pk;
}
