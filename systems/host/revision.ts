import { createHash } from "node:crypto";
import { z } from "zod";

/** The little of zot's config that host/ has to know; everything else passes through untouched. */
const zotConfig = z.looseObject({
  http: z.looseObject({
    auth: z
      .looseObject({
        openid: z
          .looseObject({
            providers: z.record(z.string(), z.looseObject({ credentialsFile: z.string().optional() })),
          })
          .optional(),
      })
      .optional(),
    accessControl: z.looseObject({ repositories: z.record(z.string(), z.unknown()) }).optional(),
  }),
});
export type ZotConfig = z.infer<typeof zotConfig>;

export const REVISION_PREFIX = "zot-access/revision-";

export function sha256(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}

export function parseZotConfig(text: string): ZotConfig {
  return zotConfig.parse(JSON.parse(text));
}

export function formatZotConfig(config: ZotConfig): string {
  return `${JSON.stringify(config, null, 2)}\n`;
}

/**
 * Adds a repository to the access rules that nobody may read, named after what the whole set holds. An anonymous read of
 * it is answered with 401 exactly while these rules are in force, else with 404 (measured on zot 2.1.20, after a start and
 * after a hot reload): the only proof of new rules that needs no login and no log.
 */
export function withRevision(text: string, revision: string): string {
  const config = parseZotConfig(text);
  if (config.http.accessControl === undefined)
    throw new Error("systems/host/revision.ts: the config has no access rules");
  config.http.accessControl.repositories[revision] = { anonymousPolicy: [], defaultPolicy: [] };
  return formatZotConfig(config);
}

/** The text as the program rendered it, for a diff without the line that always differs. */
export function withoutRevision(text: string): string {
  const config = parseZotConfig(text);
  const rules = config.http.accessControl;
  if (rules !== undefined) {
    rules.repositories = Object.fromEntries(
      Object.entries(rules.repositories).filter(([name]) => !name.startsWith(REVISION_PREFIX)),
    );
  }
  return formatZotConfig(config);
}
