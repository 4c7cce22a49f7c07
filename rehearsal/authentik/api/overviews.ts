import type { Blueprint, Stage } from "../objects";
import type { Provider } from "../oauth-objects";
import { newUuid } from "../store";
import { bool, json, required, text } from "./fields";
import type { Kind } from "./kind";
import { presentProvider } from "./providers";
import { presentShortStage } from "./stages";

/** Lists of objects of several kinds, which can be read alone, and what writes objects. */

export const allStages: Kind<Stage> = {
  path: "stages/all",
  app: "authentik_flows",
  model: "Stage",
  table: (store) => store.stages,
  id: ({ pk }) => pk,
  fields: {},
  present: presentShortStage,
  filters: ["name"],
  search: ["name"],
  order: ["name"],
};

/** Like the real one it does not filter by name, but searches. */
export const allProviders: Kind<Provider> = {
  path: "providers/all",
  app: "authentik_core",
  model: "Provider",
  table: (store) => store.providers,
  id: ({ pk }) => String(pk),
  fields: {},
  present: presentProvider,
  filters: [],
  search: ["name"],
  order: ["name"],
};

export const blueprints: Kind<Blueprint> = {
  path: "managed/blueprints",
  app: "authentik_blueprints",
  model: "BlueprintInstance",
  table: (store) => store.blueprints,
  id: ({ pk }) => pk,
  fields: {
    name: required(text()),
    path: text({ blank: true }),
    context: json(),
    content: text({ blank: true }),
    enabled: bool(),
  },
  create: () => ({
    pk: newUuid(),
    name: "",
    path: "",
    content: "",
    context: {},
    last_applied: new Date().toISOString(),
    last_applied_hash: "",
    status: "unknown",
    enabled: true,
    managed_models: [],
    metadata: {},
  }),
  // As the serializer, it looks at what was sent: a PATCH has to hold one of them, too.
  validate: (_next, { path = "", content = "" }) =>
    path === "" && content === "" ? "Either path or content must be set." : undefined,
  present: (row) => row,
  filters: ["name", "path"],
  search: ["name", "path"],
  order: ["name"],
};
