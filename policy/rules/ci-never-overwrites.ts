import { type Declared, isMap, textOf, textsOf } from "../declared";
import { grantsTo, type Rights, rightsOf, sayGrants } from "../rights";
import type { Rule } from "../rule";
import { types } from "../types";

interface Machines {
  readonly users: readonly string[];
  readonly groups: readonly string[];
}

const HARMFUL = ["update", "delete"];

export const ciNeverOverwrites: Rule = {
  name: "ci-never-overwrites",
  description: "CI's user and group may create, and never update or delete.",
  check(resource, declared) {
    // Whichever comes last shows it: the rights, or that the one who has them is CI.
    const rights = (speaksOfMachines(resource) ? declared : [resource]).flatMap(rightsOf);
    return rights.length === 0 ? [] : rights.flatMap((each) => tooMuch(each, machinesOf(declared)));
  },
};

function speaksOfMachines({ type }: Declared): boolean {
  return [types.user, types.group, types.apiKey, types.accessProof].some((known) => known === type);
}

/**
 * Who is CI: who holds a minted key, the writers of the access matrix, and the service accounts and groups that the stack
 * itself makes in Authentik; the groups of people are only looked up there.
 */
function machinesOf(declared: readonly Declared[]): Machines {
  const users = declared.flatMap(({ type, inputs }) =>
    type === types.apiKey || (type === types.user && inputs["type"] === "service_account")
      ? [textOf(inputs["username"])]
      : [],
  );
  const groups = declared.flatMap(({ type, inputs }) => {
    if (type === types.apiKey) return textsOf(inputs["groups"]);
    if (type === types.group) return [textOf(inputs["name"])];
    if (type === types.accessProof && isMap(inputs["access"])) return textsOf(inputs["access"]["writers"]);
    return [];
  });
  return { users: known(users), groups: known(groups) };
}

function known(names: readonly (string | undefined)[]): string[] {
  return [...new Set(names.filter((name) => name !== undefined))];
}

function tooMuch({ where, control }: Rights, machines: Machines): string[] {
  // anonymous-reads-only complains where there is none.
  if (!control) return [];
  const byDefault = Object.entries(control.repositories).map(([glob, { defaultPolicy = [] }]) => ({
    glob,
    who: ["everybody who is logged in, and CI with them,"],
    actions: defaultPolicy,
  }));
  return sayGrants([...grantsTo(control, machines), ...byDefault], (action) => HARMFUL.includes(action)).map(
    (grant) =>
      `${where} ${grant}: what CI has pushed must stay what it was; see access.writers and access.admins`,
  );
}
