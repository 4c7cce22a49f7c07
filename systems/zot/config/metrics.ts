import { atLeast, SINCE } from "../version";
import { flagAt, isEmpty, textsAt, type Tree, treeAt } from "./read";

/** Who may read /metrics where zot has access rules. */
export interface MetricsAccess {
  readonly anonymous: boolean;
  readonly users: readonly string[];
}

export interface MetricsRules {
  users?: string[];
  anonymousPolicy?: string[];
}

/**
 * As this version reads it: up to 2.1.17 the empty name in `users` stands for whoever is not logged in; from 2.1.18 on that is
 * refused with 401, and `anonymousPolicy` takes its place.
 */
export function metricsRules({ anonymous, users }: MetricsAccess, zotVersion: string): MetricsRules {
  if (!atLeast(zotVersion, SINCE.metricsAnonymousPolicy)) {
    return { users: [...(anonymous ? [""] : []), ...users] };
  }
  return {
    ...(anonymous && { anonymousPolicy: ["read"] }),
    ...((users.length > 0 || !anonymous) && { users: [...users] }),
  };
}

/** Who was meant to read them, whichever version the rules were written for; undefined where there are no such rules. */
export function metricsAccessOf(config: Tree): MetricsAccess | undefined {
  const rules = treeAt(config, "http", "accessControl", "metrics");
  if (!rules) return undefined;
  const users = textsAt(rules, "users");
  return {
    anonymous: textsAt(rules, "anonymousPolicy").includes("read") || users.includes(""),
    users: users.filter((name) => name !== ""),
  };
}

/** What was decided, else what a config says, and without either whoever asks. */
export function metricsIn(decided: MetricsAccess | undefined, config: Tree): MetricsAccess {
  return decided ?? metricsAccessOf(config) ?? { anonymous: true, users: [] };
}

/** Whether a version reads the rules otherwise than they were meant. */
export function metricsMisread(config: Tree, zotVersion: string): boolean {
  const rules = treeAt(config, "http", "accessControl", "metrics");
  return (
    textsAt(rules, "users").includes("") &&
    !textsAt(rules, "anonymousPolicy").includes("read") &&
    atLeast(zotVersion, SINCE.metricsAnonymousPolicy)
  );
}

/** zot overlooks an empty map, unless all of its extensions are empty ones: then each is on (measured on 2.1.20). */
export function servesMetrics(config: Tree): boolean {
  const extensions = treeAt(config, "extensions");
  const metrics = treeAt(extensions, "metrics");
  if (metrics === undefined) return false;
  if (isEmpty(metrics)) return isEmpty(extensions);
  return flagAt(metrics, "enable") !== false;
}
