import type { PolicyBinding } from "../objects";
import type { Store } from "../store";
import { find, newUuid, removeWhere } from "../store";
import { bool, int, nullable, required } from "./fields";
import { presentMember, presentPartialGroup } from "./groups";
import type { Kind } from "./kind";
import { Crash } from "./refusal";
import { nothing, reference } from "./references";

/** Targets are applications, flows and stage bindings, by the key that their own API shows. */
const target = required(reference(["applications", "flows", "flowBindings"]));

export const policyBindings: Kind<PolicyBinding> = {
  path: "policies/bindings",
  app: "authentik_policies",
  model: "PolicyBinding",
  table: (store) => store.policyBindings,
  id: ({ pk }) => pk,
  fields: {
    policy: nullable(nothing()),
    group: nullable(reference(["groups"])),
    user: nullable(reference(["users"], { numeric: true })),
    target,
    negate: bool(),
    enabled: bool(),
    order: required(int()),
    timeout: int(0),
    failure_result: bool(),
  },
  create: () => ({
    pk: newUuid(),
    policy: null,
    group: null,
    user: null,
    target: "",
    negate: false,
    enabled: true,
    order: 0,
    timeout: 30,
    failure_result: false,
  }),
  // As the serializer, it looks at what was sent: a PATCH has to name who is bound, too.
  validate(next, sent, store, self) {
    // Of what is there the serializer checks what changes: the order of another binding without a policy is taken. A new one
    // has no policy to compare, which leaves the check out (UniqueTogetherValidator of Django REST framework).
    const moved = self !== undefined && (self.order !== next.order || self.target !== next.target);
    const taken = find(
      store.policyBindings,
      (row) => row !== self && row.target === next.target && row.order === next.order,
    );
    if (moved && taken) return "The fields policy, target, order must make a unique set.";
    // What may be bound is asked of the target that was sent, which is none here.
    if (sent.target === undefined) throw new Crash();
    const bound = [sent.policy, sent.group, sent.user].filter((each) => each !== null && each !== undefined);
    if (bound.length > 1) return "Only one of 'group', 'policy', 'user' can be set.";
    return bound.length < 1 ? "One of 'group', 'policy', 'user' must be set." : undefined;
  },
  present: (row, store) => {
    const group = row.group === null ? undefined : store.groups.get(row.group);
    const user = row.user === null ? undefined : store.users.get(row.user);
    return {
      ...row,
      expires: null,
      expiring: false,
      policy_obj: null,
      group_obj: group ? presentPartialGroup(group) : null,
      user_obj: user ? presentMember(user) : null,
    };
  },
  filters: ["policy", "enabled", "order", "timeout"],
  conditions: { target: (row, value, store) => row.target === (targetBy(value, store) ?? value) },
  // A write takes either key of a target, a filter the one that policies know it by.
  filterProblem: {
    target: (value, store) => {
      const target = targetBy(value, store);
      return noSuchTarget(value, [
        store.applications,
        ...(target === undefined ? [] : [new Map([[value, 1]])]),
      ]);
    },
  },
  search: [],
  order: ["target", "order", "pk"],
};

/** Of a flow or a stage's binding, which have a key of their own as well. */
function targetBy(policyKey: string, store: Store): string | undefined {
  const by = (row: { readonly policybindingmodel_ptr_id: string }) =>
    row.policybindingmodel_ptr_id === policyKey;
  return (find(store.flows, by) ?? find(store.flowBindings, by))?.pk;
}

/** What is wrong with a filter by the key of something in one of these tables. */
export function noSuchTarget(
  value: string,
  tables: readonly ReadonlyMap<string, unknown>[],
): string | undefined {
  if (!/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(value)) return `“${value}” is not a valid UUID.`;
  const known = tables.some((table) => table.has(value));
  return known ? undefined : "Select a valid choice. That choice is not one of the available choices.";
}

/** With an object go the bindings that hang on it. */
export function unbind(store: Store, target: string): void {
  removeWhere(store.policyBindings, (binding) => binding.target === target);
}
