import { pathOf } from "../../systems/http/path";
import type { Candidate, Row, Systems } from "./candidates";
import type { Lookup } from "./lookup";
import { textOf, type PlannedStep } from "../../systems/pulumi/plan";
import { AUTHENTIK } from "../../systems/pulumi/types";

type Authentik = Systems["authentik"];

/** The look-up for each type of object in Authentik. */
export const AUTHENTIK_LOOKUPS: Readonly<Record<string, Lookup>> = {
  [AUTHENTIK.oidcProvider]: {
    what: (step) => `provider ${textOf(step, "name")}`,
    named: (step) => textOf(step, "name"),
    find: (step, { authentik }, _refer, _ofProvider, referredBy) =>
      findProvider(step, authentik, referredBy(AUTHENTIK.application)),
  },
  [AUTHENTIK.application]: {
    what: (step) => `application ${textOf(step, "slug")}`,
    named: (step) => textOf(step, "slug"),
    // The list only shows applications that are open to the user; a request for one object shows it to everybody who
    // may manage it.
    find: async (step, { authentik }) =>
      one(await authentik.one(`core/applications${pathOf(textOf(step, "slug"))}/`), "slug"),
  },
  [AUTHENTIK.group]: {
    what: (step) => `group ${textOf(step, "name")}`,
    named: (step) => textOf(step, "name"),
    find: async (step, { authentik }) => {
      const groups = await named(authentik, "core/groups/", "name", textOf(step, "name"), {
        include_users: "false",
      });
      return groups.map((group) => candidate(group));
    },
  },
  [AUTHENTIK.user]: {
    what: (step) => `user ${textOf(step, "username")}`,
    named: (step) => textOf(step, "username"),
    find: async (step, { authentik }) => {
      const users = await named(authentik, "core/users/", "username", textOf(step, "username"));
      return users.map((user) =>
        candidate(user, unless(user.type === textOf(step, "type"), `${text(user.type)} user`)),
      );
    },
  },
  [AUTHENTIK.token]: {
    what: (step) => `token ${textOf(step, "identifier")}`,
    named: (step) => textOf(step, "identifier"),
    find: async (step, { authentik }, refer) => {
      const token = await authentik.one(`core/tokens${pathOf(textOf(step, "identifier"))}/`);
      const otherKind =
        token && unless(token.intent === textOf(step, "intent"), `${text(token.intent)} token`);
      // Authentik never changes a token's user; a new token has none yet.
      const otherUser =
        token && unless(String(token.user) === String(refer("user")), "token of another user");
      return one(token, "identifier", otherKind ?? otherUser);
    },
  },
  [AUTHENTIK.flow]: {
    what: (step) => `flow ${textOf(step, "slug")}`,
    named: (step) => textOf(step, "slug"),
    find: async (step, { authentik }) => {
      const flow = await authentik.one(`flows/instances${pathOf(textOf(step, "slug"))}/`);
      const otherKind =
        flow && unless(flow.designation === textOf(step, "designation"), `${text(flow.designation)} flow`);
      return one(flow, "slug", otherKind);
    },
  },
  [AUTHENTIK.stagePassword]: stage("authentik_stages_password.passwordstage"),
  [AUTHENTIK.stageIdentification]: stage("authentik_stages_identification.identificationstage"),
  [AUTHENTIK.stageUserLogin]: stage("authentik_stages_user_login.userloginstage"),
  [AUTHENTIK.flowStageBinding]: {
    what: () => "stage binding of a flow",
    find: async (_step, { authentik }, refer) => {
      const [target, bound] = [refer("target"), refer("stage")];
      if (target === undefined || bound === undefined) return [];
      const rows = await authentik.list("flows/bindings/", { target: String(target) });
      return rows.filter((row) => row.stage === bound).map((row) => candidate(row));
    },
  },
  [AUTHENTIK.policyBinding]: {
    what: () => "policy binding",
    find: async (_step, { authentik }, refer) => {
      const target = refer("target");
      const [group, user] = [refer("group"), refer("user")];
      if (target === undefined || (group ?? user) === undefined) return [];
      // A stage's binding has a key of its own, and another one that bindings to it are found by.
      const staged = await authentik.one(`flows/bindings${pathOf(String(target))}/`);
      const key = staged?.["policybindingmodel_ptr_id"];
      const query = { target: typeof key === "string" ? key : String(target) };
      const rows = await authentik.list("policies/bindings/", query);
      const wanted = rows.filter((row) =>
        group !== undefined ? row.group === group : String(row.user) === String(user),
      );
      return wanted.map((row) => candidate(row));
    },
  },
};

/**
 * Finds the application's provider, whatever its name and client id; without an application, by name or client id,
 * which are unique in Authentik. All kinds of providers share one namespace.
 */
async function findProvider(
  step: PlannedStep,
  authentik: Authentik,
  applications: readonly PlannedStep[],
): Promise<Candidate[]> {
  const [name, clientId] = [textOf(step, "name"), textOf(step, "clientId")];
  for (const application of applications) {
    const row = await authentik.one(`core/applications${pathOf(textOf(application, "slug"))}/`);
    if (typeof row?.["provider"] !== "number") continue;
    const own = await authentik.one(`providers/oauth2${pathOf(String(row["provider"]))}/`);
    if (own) return [candidate(own)];
  }
  const byName = await named(authentik, "providers/oauth2/", "name", name);
  const byClient = await named(authentik, "providers/oauth2/", "client_id", clientId);
  const known = new Set(byName.map(({ pk }) => pk));
  const found = [...byName, ...byClient.filter(({ pk }) => !known.has(pk))];
  const all = await authentik.list("providers/all/", { search: name });
  const others = all.filter((row) => row.name === name && !known.has(row.pk));
  return [
    ...found.map((row) => candidate(row)),
    ...others.map((row) => candidate(row, text(row.verbose_name))),
  ];
}

/** Stages of all kinds share one namespace. */
function stage(model: string): Lookup {
  return {
    what: (step) => `stage ${textOf(step, "name")}`,
    named: (step) => textOf(step, "name"),
    find: async (step, { authentik }) => {
      const rows = await named(authentik, "stages/all/", "name", textOf(step, "name"));
      return rows.map((row) => candidate(row, unless(row.meta_model_name === model, text(row.verbose_name))));
    },
  };
}

/** The server filters the list, and the result is compared again: a server ignores a parameter that it does not know. */
async function named(
  authentik: Authentik,
  path: string,
  key: string,
  value: string,
  query: Readonly<Record<string, string>> = {},
): Promise<Row[]> {
  const rows = await authentik.list(path, { ...query, [key]: value });
  return rows.filter((row) => row[key] === value);
}

function one(row: Row | undefined, id: string, otherKind?: string): Candidate[] {
  return row ? [{ ...candidate(row, otherKind), id: idOf(row, id) }] : [];
}

function candidate(row: Row, otherKind?: string): Candidate {
  const key = typeof row.pk === "number" ? row.pk : idOf(row, "pk");
  return { id: String(key), key, ...(otherKind !== undefined && { otherKind }) };
}

/** The id for Pulumi's import; every answer of Authentik has one. */
function idOf(row: Row, name: string): string {
  const id = row[name];
  if ((typeof id === "string" && id !== "") || typeof id === "number") return String(id);
  throw new Error(
    `Authentik sent an object without ${name}; check that authentik.url is the URL of an Authentik server`,
  );
}

function unless(right: boolean, otherKind: string): string | undefined {
  return right ? undefined : otherKind;
}

function text(value: unknown): string {
  return typeof value === "string" ? value : String(value);
}
