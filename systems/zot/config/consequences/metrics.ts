import { loginsOf } from "../logins";
import { metricsAccessOf, metricsMisread, servesMetrics } from "../metrics";
import { type Tree, treeAt } from "../read";
import type { Consequence, Intent, ConsequenceKind } from "./types";

export function metrics(
  host: Tree,
  desired: Tree,
  { zotVersion, metrics: asked = false }: Intent,
): Consequence[] {
  if (!servesMetrics(host) || !servesMetrics(desired)) return [];
  const open = (config: Tree) =>
    treeAt(config, "http", "accessControl") === undefined
      ? { anonymous: loginsOf(config).length === 0, users: [] }
      : (metricsAccessOf(config) ?? { anonymous: false, users: [] });
  const [before, after] = [open(host), open(desired)];
  const line = (kind: ConsequenceKind, sign: "gain" | "loss", text: string): Consequence => ({
    ...(!asked && { kind }),
    sign,
    who: "metrics",
    text,
  });
  return [
    ...(metricsMisread(host, zotVersion) && after.anonymous
      ? [
          {
            sign: "neutral",
            who: "metrics",
            text: `metrics are open to scrapers without a login by anonymousPolicy: users [""], which meant that up to 2.1.17, opens them to nobody in zot ${zotVersion}`,
          } as const,
        ]
      : []),
    ...(!before.anonymous && after.anonymous
      ? [line("openMetrics", "gain", "anonymous clients can now read the metrics")]
      : []),
    ...(before.anonymous && !after.anonymous
      ? [line("closeMetrics", "loss", "anonymous clients can no longer read the metrics")]
      : []),
    ...before.users
      .filter((user) => !after.users.includes(user))
      .map((user) => line("closeMetrics", "loss", `user ${user} can no longer read the metrics`)),
    ...after.users
      .filter((user) => !before.users.includes(user))
      .map((user): Consequence => ({
        sign: "gain",
        who: "metrics",
        text: `user ${user} can now read the metrics`,
      })),
  ];
}
