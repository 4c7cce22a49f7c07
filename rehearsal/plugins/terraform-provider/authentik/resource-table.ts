import { choice, type Field } from "./fields";

/** A type of resource: where it lives in Authentik's REST API and what it consists of. */
export interface ResourceTable {
  /** Below /api/v3/. */
  readonly path: string;
  /** Key of the answer that is the resource's id. */
  readonly id: "pk" | "slug" | "identifier";
  /** The output that repeats the id, as the bridge names it. */
  readonly idProperty: string;
  readonly fields: Readonly<Record<string, Field>>;
  /** Outputs that no program gives, and their keys in the answer. */
  readonly outputs?: Readonly<Record<string, string>>;
  /** Outputs that are asked for separately. */
  readonly computed?: readonly string[];
  /** Query of every read. */
  readonly query?: Readonly<Record<string, string>>;
  /** Keys that Authentik's Go client refuses an answer without. Source: facts on its API, and its generated models. */
  readonly answerKeys: readonly string[];
}

export const POLICY_ENGINE_MODE = choice("any", "all", "any");
