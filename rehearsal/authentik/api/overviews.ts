import type { Blueprint, Stage } from "../objects";
import type { Provider } from "../oauth-objects";
import { bool } from "./fields";
import type { Kind } from "./kind";
import { presentProvider } from "./providers";
import { presentShortStage } from "./stages";

/** Lists of objects of several kinds, and of what writes them; they can be read alone. */

export const allStages: Kind<Stage> = {
  path: "stages/all",
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
  model: "BlueprintInstance",
  table: (store) => store.blueprints,
  id: ({ pk }) => pk,
  fields: { enabled: bool() },
  present: (row) => row,
  filters: ["name", "path"],
  search: ["name", "path"],
  order: ["name"],
};
