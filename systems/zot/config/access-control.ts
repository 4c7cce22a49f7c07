import type { AccessControl, Action, Policy, RepositoryPolicy } from "../access";
import { isTree, textsAt, type Tree, treeAt, treesAt, valueAt } from "./read";

/**
 * The access rules of a config, with names in any case; undefined if it has none, so that zot checks no rights. Globs
 * and the names in `groups` are keys there, which zot reads in lower case.
 */
export function accessControlOf(config: unknown): AccessControl | undefined {
  const control = treeAt(config, "http", "accessControl");
  if (!control) return undefined;
  const admin = treeAt(control, "adminPolicy");
  const metrics = treeAt(control, "metrics");
  const groups = treeAt(control, "groups");
  return {
    repositories: mapValues(treeAt(control, "repositories") ?? {}, repositoryPolicy),
    ...(admin && { adminPolicy: policy(admin) }),
    ...(metrics && {
      metrics: withoutEmpty({
        users: textsAt(metrics, "users"),
        anonymousPolicy: textsAt(metrics, "anonymousPolicy"),
      }),
    }),
    ...(groups && { groups: mapValues(groups, (group) => ({ users: textsAt(group, "users") })) }),
  };
}

function repositoryPolicy(tree: Tree): RepositoryPolicy {
  const actions = (name: string) => {
    const value = valueAt(tree, name);
    return value === undefined || value === null ? {} : { [name]: textsAt(tree, name) as Action[] };
  };
  return {
    ...actions("anonymousPolicy"),
    ...actions("defaultPolicy"),
    ...(valueAt(tree, "policies") !== undefined && { policies: treesAt(tree, "policies").map(policy) }),
  };
}

function policy(tree: Tree): Policy {
  const conditions = treesAt(tree, "conditions").flatMap((each) => textsAt(each, "expression"));
  return {
    ...withoutEmpty({ users: textsAt(tree, "users"), groups: textsAt(tree, "groups") }),
    actions: textsAt(tree, "actions") as Action[],
    ...(conditions.length > 0 && { conditions }),
  };
}

function mapValues<T>(tree: Tree, convert: (value: Tree) => T): Record<string, T> {
  return Object.fromEntries(
    Object.entries(tree).map(([name, value]) => [name.toLowerCase(), convert(isTree(value) ? value : {})]),
  );
}

function withoutEmpty<T extends Record<string, readonly unknown[]>>(lists: T): Partial<T> {
  return Object.fromEntries(Object.entries(lists).filter(([, list]) => list.length > 0)) as Partial<T>;
}
