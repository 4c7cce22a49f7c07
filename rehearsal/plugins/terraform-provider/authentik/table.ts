import { ACCESS } from "./access-table";
import { DIRECTORY } from "./directory-table";
import { FLOWS } from "./flow-table";
import type { ResourceTable } from "./resource-table";

export type { ResourceTable } from "./resource-table";

/**
 * The resources of authentik 2026.5.0. Source: the provider's `resource_*.go`: names, defaults, choices, and what is sent for
 * a property that is not given.
 */
export const RESOURCES: Readonly<Record<string, ResourceTable>> = { ...ACCESS, ...DIRECTORY, ...FLOWS };
