import type { Parsed, ParsedSections, Pusher, Settings } from "./schema";

/** Slug of a homelab's only registry; its names have no prefix. */
export const DEFAULT_SLUG = "zot";

/**
 * Default names that must differ between stacks. Authentik, 1Password and Kubernetes accept each of them once, so all
 * are derived from `authentik.slug`, which is unique in Authentik.
 */
export function defaultNames(slug: string) {
  return {
    applicationName: `${slug} registry`,
    pushersLogin: `${slug}-ci`,
    secretName: `${slug}-push`,
  };
}

/** Fills in the names that were left out, as far as their sections were parsed. */
export function withNames(parsed: ParsedSections): Omit<Parsed, "zot"> & Pick<ParsedSections, "zot"> {
  const { authentik, pushers, clusters, ...others } = parsed;
  const names = defaultNames(authentik?.slug ?? DEFAULT_SLUG);
  const [only, ...more] = Object.keys(pushers ?? {});
  return {
    ...others,
    ...(authentik && {
      authentik: {
        ...authentik,
        applicationName: authentik.applicationName ?? names.applicationName,
        isNamed: authentik.applicationName !== undefined,
        pushersLogin: authentik.pushersLogin ?? names.pushersLogin,
      },
    }),
    ...(pushers && { pushers: namedPushers(pushers) }),
    ...(clusters && {
      clusters: clusters.map((cluster): Settings["clusters"][number] => ({
        ...cluster,
        secretName: cluster.secretName ?? names.secretName,
        // If it is left out beside several, a cross-check reports it.
        pusher: cluster.pusher ?? (more.length === 0 ? (only ?? "") : ""),
      })),
    }),
  };
}

/** In a fixed order: Pulumi sorts a map in some of the ways in which it passes it, and that must change nothing. */
function namedPushers(pushers: NonNullable<ParsedSections["pushers"]>): Record<string, Pusher> {
  const sorted = Object.entries(pushers).sort(([left], [right]) => (left < right ? -1 : 1));
  return Object.fromEntries(
    sorted.map(([name, pusher]) => [
      name,
      { ...pusher, name, group: pusher.group ?? name, itemTitle: pusher.itemTitle ?? `${name}-apikey` },
    ]),
  );
}
