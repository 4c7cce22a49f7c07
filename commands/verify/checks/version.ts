import { z } from "zod";
import {
  atLeast,
  compare,
  MINIMUM,
  shortVersion,
  VersionError,
  weaknesses,
} from "../../../systems/zot/version";
import { ZOT } from "../../../systems/zot/http";
import { ask } from "./ask";
import { type Finding, ok, warning, wrong } from "./check";

export interface LiveVersion {
  /** Such as 2.1.20; undefined: the registry does not report it. */
  readonly version: string | undefined;
  readonly toldBy: string;
}

const management = z.looseObject({ releaseTag: z.string().optional(), commit: z.string().optional() });

/**
 * The version of the live zot: its management endpoint reports it to everybody if the build has `mgmt` and the config
 * has `search`; its metrics do if they are open.
 */
export async function askForVersion(registryUrl: string, timeoutMs: number): Promise<LiveVersion> {
  const shown = management.safeParse((await ask(ZOT, `${registryUrl}/v2/_zot/ext/mgmt`, timeoutMs)).json);
  const byManagement = shown.success && firstVersion([shown.data.releaseTag, shown.data.commit]);
  if (byManagement) return { version: byManagement, toldBy: "its management endpoint" };
  const { text } = await ask(ZOT, `${registryUrl}/metrics`, timeoutMs);
  const byMetrics = firstVersion([/^zot_info\{[^}]*commit="([^"]*)"/m.exec(text)?.[1]]);
  return byMetrics === undefined
    ? { version: undefined, toldBy: "nothing" }
    : { version: byMetrics, toldBy: "its metrics" };
}

function firstVersion(texts: readonly (string | undefined)[]): string | undefined {
  for (const text of texts) {
    try {
      return shortVersion(text ?? "");
    } catch (error) {
      if (!(error instanceof VersionError)) throw error;
    }
  }
  return undefined;
}

/** @param deployed the version for which the last `pulumi up` wrote zot's config */
export function judgeVersion({ version, toldBy }: LiveVersion, deployed: string | undefined): Finding {
  const known = version ?? deployed;
  if (known === undefined) {
    return warning(
      "the registry does not report its version, and nothing was deployed yet",
      "it is not known whether it has a known weakness",
      "run `pulumi up` once: it asks the binary on the host",
    );
  }
  const found = version === undefined ? `${known}, as of the last deploy` : `${known}, reported by ${toldBy}`;
  const upgrade =
    "upgrade zot on its host, then run `pulumi up`, which writes the config that the new version wants";
  const weak = weaknesses(known);
  if (!atLeast(known, MINIMUM)) return wrong(found, weak.join("; "), upgrade);
  if (weak.length > 0) return warning(found, weak.join("; "), upgrade);
  if (version !== undefined && deployed !== undefined && compare(version, deployed) !== 0) {
    return warning(
      `${found}, and its config was written for ${deployed}`,
      "each version needs some settings in its own form",
      "run `pulumi up`",
    );
  }
  return ok(`${found}, no known weakness`);
}
