import type { AccessControl, Action, Policy } from "../systems/zot/access";
import { EVERY_REPOSITORY } from "../systems/zot/access";
import { accessControlOf } from "../systems/zot/config/access-control";
import { sameName, sorted, type Tree, treeAt } from "../systems/zot/config/read";
import { ACTIONS, type Access, type Verb, VERBS } from "../systems/zot/grants";
import { accessControl, ruleProblems } from "../systems/zot/rules";
import { withoutSecrets, type ZotConfigProblem } from "./zot-config";

/*
 * Access rules belong in `access` and `pushers`. Rules in the operator's own config would be overwritten. They are
 * refused with the equivalent settings, unless they match the settings.
 */

const CONTROL = ["http", "accessControl"] as const;
const DECIDED = ["repositories", "adminPolicy", "groups"] as const;
/** Read from the config if `access.metrics` is not set. */
const KEPT = ["metrics"] as const;

export function accessInConfig(config: Tree, access: Access): ZotConfigProblem[] {
  const known = withoutSecrets(config);
  const tree = treeAt(known, ...CONTROL);
  const control = accessControlOf(known);
  if (!tree || !control) return [];
  const written = Object.keys(tree).filter((name) => !KEPT.some((kept) => sameName(kept, name)));
  if (written.length === 0 || saysTheSame(tree, access)) return [];
  return written.map((name) => ({
    path: [...CONTROL, name],
    problem: "would be overwritten: roles and grants are set in access and pushers",
    fix: `remove it from the config; ${insteadOf(name, control)}`,
  }));
}

function saysTheSame(tree: Tree, access: Access): boolean {
  if (ruleProblems(access).length > 0) return false;
  const { metrics: _, ...rules } = sorted(tree) as { metrics?: unknown };
  return JSON.stringify(rules) === JSON.stringify(sorted(accessControl(access)));
}

function insteadOf(name: string, control: AccessControl): string {
  const part = DECIDED.find((known) => sameName(known, name));
  switch (part) {
    case "repositories":
      return `write ${repositoriesInstead(control)}`;
    case "adminPolicy":
      return `write ${policyInstead(control.adminPolicy ?? { actions: [] }, EVERY_REPOSITORY).join("; ")}`;
    case "groups":
      return `write ${groupsInstead(control)}`;
    case undefined:
      return "no setting corresponds to it";
  }
}

function repositoriesInstead({ repositories }: AccessControl): string {
  const globs = Object.entries(repositories);
  const where = (policy: "anonymousPolicy" | "defaultPolicy", verb: Verb) =>
    globs.filter(([, rules]) => rules[policy]?.includes(ACTIONS[verb])).map(([glob]) => glob);
  const anonymous = where("anonymousPolicy", "pull");
  const loggedIn = VERBS.flatMap((verb) => {
    const globsOfVerb = where("defaultPolicy", verb);
    return globsOfVerb.length === 0 ? [] : [`${verb}: ${list(globsOfVerb)}`];
  });
  const writers = VERBS.filter((verb) => verb !== "pull" && where("anonymousPolicy", verb).length > 0);
  const policies = globs.flatMap(([glob, rules]) =>
    (rules.policies ?? []).flatMap((policy) => policyInstead(policy, glob)),
  );
  return [
    `access.anonymous: {${anonymous.length === 0 ? "" : `pull: ${list(anonymous)}`}}`,
    ...(loggedIn.length === 0 ? [] : [`access.authenticated: {${loggedIn.join(", ")}}`]),
    ...policies,
    ...(writers.length === 0 ? [] : [`nobody may ${writers.join(" or ")} without a login`]),
    "grants add up: a longer glob removes no right",
  ].join("; ");
}

/** Both lists of a policy, as the settings have them. */
function policyInstead({ actions, conditions, groups = [], users = [] }: Policy, glob: string): string[] {
  const rest = `may: [${verbsOf(actions).join(", ")}], in: ${list([glob])}}`;
  const who = [...groups, ...users].join(", ");
  return [
    ...(groups.length === 0
      ? []
      : [`access.roles: {groups: ${list(groups)}, ${rest}, or a pusher of its own for a pipeline`]),
    ...(users.length === 0 ? [] : [`access.users: {users: ${list(users)}, ${rest}`]),
    ...(conditions === undefined
      ? []
      : [
          `the conditions of ${who} cannot be expressed: remove the grant, or limit addresses and hours in the proxy in front of zot`,
        ]),
  ];
}

function groupsInstead({ groups = {} }: AccessControl): string {
  return Object.entries(groups)
    .map(
      ([name, { users }]) =>
        `where access.roles would name ${name}: access.users: {users: ${list(users)}, …}`,
    )
    .join("; ");
}

function verbsOf(actions: readonly Action[]): Verb[] {
  return VERBS.filter((verb) => actions.includes(ACTIONS[verb]));
}

function list(values: readonly string[]): string {
  return `[${values.map((value) => JSON.stringify(value)).join(", ")}]`;
}
