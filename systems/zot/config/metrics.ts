import { atLeast, SINCE } from "../version";
import { flagAt, isEmpty, textsAt, type Tree, treeAt } from "./read";

/** Who may read /metrics if zot has access rules. */
export interface MetricsAccess {
  readonly anonymous: boolean;
  readonly users: readonly string[];
}

export interface MetricsRules {
  users?: string[];
  anonymousPolicy?: string[];
}

/**
 * In the format of this version: up to 2.1.17 the empty name in `users` means anonymous clients; from 2.1.18 on that
 * is refused with 401, and `anonymousPolicy` replaces it.
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

/** Who was meant to read them, whichever version the rules were written for; undefined without such rules. */
export function metricsAccessOf(config: Tree): MetricsAccess | undefined {
  const rules = treeAt(config, "http", "accessControl", "metrics");
  if (!rules) return undefined;
  const users = textsAt(rules, "users");
  return {
    anonymous: textsAt(rules, "anonymousPolicy").includes("read") || users.includes(""),
    users: users.filter((name) => name !== ""),
  };
}

/** The setting, otherwise the config's rules, and without either everybody. */
export function metricsIn(decided: MetricsAccess | undefined, config: Tree): MetricsAccess {
  return decided ?? metricsAccessOf(config) ?? { anonymous: true, users: [] };
}

/** Whether a version interprets the rules differently from their intention. */
export function metricsMisread(config: Tree, zotVersion: string): boolean {
  const rules = treeAt(config, "http", "accessControl", "metrics");
  return (
    textsAt(rules, "users").includes("") &&
    !textsAt(rules, "anonymousPolicy").includes("read") &&
    atLeast(zotVersion, SINCE.metricsAnonymousPolicy)
  );
}

/** zot ignores an empty map, unless all of its extensions are empty: then each is enabled (measured on 2.1.20). */
export function servesMetrics(config: Tree): boolean {
  const extensions = treeAt(config, "extensions");
  const metrics = treeAt(extensions, "metrics");
  if (metrics === undefined) return false;
  if (isEmpty(metrics)) return isEmpty(extensions);
  return flagAt(metrics, "enable") !== false;
}
