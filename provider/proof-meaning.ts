import { z } from "zod";
import type { MetricsAccess } from "../systems/zot/config/metrics";
import { type Access, VERBS } from "../systems/zot/grants";
import type { MatrixIdentity, MatrixPusher } from "../systems/zot/proof";
import { accessControl } from "../systems/zot/rules";

/*
 * What a proof is about, whichever version of this program wrote its inputs and whichever settings it came from: a
 * proof with the same meaning is not repeated.
 */

/** The format of earlier versions: one group of writers, one list of repositories, one key. */
const former = z.looseObject({
  access: z.looseObject({
    admins: z.array(z.string()),
    writers: z.array(z.string()),
    writableRepositories: z.array(z.string()),
    cacheRepositories: z.array(z.string()).default([]),
  }),
  scratchRepository: z.string(),
  metrics: z.literal(false).optional(),
});

/** The inputs of the proof that define its meaning. */
export interface Proven {
  readonly registryUrl: string;
  readonly zotVersion: string;
  readonly access: Access;
  readonly metrics?: MetricsAccess | undefined;
  readonly identities: readonly MatrixIdentity[];
  readonly pushers: readonly MatrixPusher[];
  readonly keyId: string;
  readonly after: string;
}

/**
 * In a preview an input may be unknown as a whole: a text that equals no other. A state that was completed by an
 * adoption may lack the identities, which were unknown then.
 */
export function meaningOf(inputs: Proven): string {
  const { access, after, identities, keyId, registryUrl, zotVersion } = inputs;
  const before = former.safeParse(inputs);
  const { metrics, pushers } = inputs;
  return JSON.stringify({
    registryUrl,
    zotVersion,
    after,
    rules: rulesOf(before.success ? fromTiers(before.data.access) : access),
    metrics: before.success ? formerMetrics(before.data) : metrics,
    identities: isKnown(identities)
      ? identities.map(({ username, password, groups }) => ({ username, password, groups }))
      : identities,
    scratch: before.success ? [before.data.scratchRepository] : scratchesOf(pushers),
    keyId,
  });
}

/** Earlier versions tested /metrics only if they were open to everybody. */
function formerMetrics({ metrics }: z.output<typeof former>): MetricsAccess | undefined {
  return metrics === false ? undefined : { anonymous: true, users: [] };
}

function isKnown(identities: unknown): identities is readonly MatrixIdentity[] {
  return Array.isArray(identities);
}

function scratchesOf(pushers: readonly MatrixPusher[]): string[] {
  return pushers.map(({ scratchRepository }) => scratchRepository);
}

function rulesOf(access: Access): unknown {
  try {
    const { repositories } = accessControl(access);
    return Object.entries(repositories).sort(([left], [right]) => (left < right ? -1 : 1));
  } catch {
    // Access rules that an earlier version accepted and this one refuses have another meaning.
    return access;
  }
}

function fromTiers({
  admins,
  writers,
  writableRepositories,
  cacheRepositories,
}: z.output<typeof former>["access"]): Access {
  const from = "";
  return {
    caches: cacheRepositories,
    grants: [
      { to: "anonymous", may: ["pull"], in: ["**"], from },
      { to: { groups: admins }, may: VERBS, in: ["**"], from },
      {
        to: { groups: writers },
        may: ["pull", "push"],
        in: writableRepositories,
        from,
        pusher: writers.join(),
      },
    ],
  };
}
