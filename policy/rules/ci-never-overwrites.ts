import { type Declared, isList, isMap, textOf, textsOf } from "../declared";
import { grantsTo, type Rights, rightsOf, describeGrants } from "../rights";
import type { Rule } from "../rule";
import { types } from "../types";

interface Machines {
  /** Whether the stack has any pushers, including those that may overwrite. */
  readonly any: boolean;
  readonly users: readonly string[];
  readonly groups: readonly string[];
}

const HARMFUL = ["update", "delete"];

export const ciNeverOverwrites: Rule = {
  name: "ci-never-overwrites",
  description:
    "Pushers' users and groups may create, and never update or delete, but for those that mayOverwrite names.",
  configSchema: { properties: { mayOverwrite: { type: "array", items: { type: "string" }, default: [] } } },
  check(resource, declared, options) {
    // Rights and pushers are declared in any order; the check runs again with the later one.
    const rights = (speaksOfMachines(resource) ? declared : [resource]).flatMap(rightsOf);
    if (rights.length === 0) return [];
    const machines = machinesOf(declared, options.mayOverwrite ?? []);
    return rights.flatMap((each) => tooMuch(each, machines));
  },
};

function speaksOfMachines({ type }: Declared): boolean {
  return [types.user, types.group, types.apiKey, types.accessProof].some((known) => known === type);
}

/**
 * The subjects that push: holders of a minted key, the pushers of the access matrix, and the service accounts and
 * groups that the stack creates in Authentik. Groups of people are only looked up.
 *
 * @param allowed users and groups that the pack's own settings allow to overwrite
 */
function machinesOf(declared: readonly Declared[], allowed: readonly string[]): Machines {
  const users = declared.flatMap(({ type, inputs }) =>
    type === types.apiKey || (type === types.user && inputs["type"] === "service_account")
      ? [textOf(inputs["username"])]
      : [],
  );
  const groups = declared.flatMap(({ type, inputs }) => {
    if (type === types.apiKey) return textsOf(inputs["groups"]);
    if (type === types.group) return [textOf(inputs["name"])];
    if (type === types.accessProof && isList(inputs["pushers"])) {
      return inputs["pushers"].flatMap((pusher) => (isMap(pusher) ? textsOf(pusher["groups"]) : []));
    }
    return [];
  });
  const restricted = (names: readonly (string | undefined)[]) =>
    known(names).filter((name) => !allowed.includes(name));
  return {
    any: known([...users, ...groups]).length > 0,
    users: restricted(users),
    groups: restricted(groups),
  };
}

function known(names: readonly (string | undefined)[]): string[] {
  return [...new Set(names.filter((name) => name !== undefined))];
}

function tooMuch({ where, control }: Rights, machines: Machines): string[] {
  // anonymous-reads-only reports a missing one.
  if (!control) return [];
  // A registry without a pusher of this stack keeps its former rights.
  const byDefault = Object.entries(machines.any ? control.repositories : {}).map(
    ([glob, { defaultPolicy = [] }]) => ({
      glob,
      who: ["everyone who is logged in, including CI,"],
      actions: defaultPolicy,
    }),
  );
  return describeGrants([...grantsTo(control, machines), ...byDefault], (action) =>
    HARMFUL.includes(action),
  ).map(
    (grant) =>
      `${where} ${grant}: CI's pushed tags must not change; see pushers.NAME.may and access.authenticated, or name ` +
      "who may in the policy's setting mayOverwrite",
  );
}
