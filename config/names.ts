import type { Parsed, ParsedSections, Pusher, Settings } from "./schema";

/** Slug of a homelab's only registry; its names carry no prefix. */
export const DEFAULT_SLUG = "zot";

/**
 * Names that another stack must not have too, where the settings give none. Authentik, 1Password and Kubernetes know each
 * of them once, so all of them follow from `authentik.slug`, which Authentik lets only one application have.
 */
export function defaultNames(slug: string) {
  return {
    applicationName: `${slug} registry`,
    pushersLogin: `${slug}-ci`,
    secretName: `${slug}-push`,
  };
}

/** Fills in the names that were left out, as far as the sections that they stand in were parsed. */
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
        // A cross-check says so where it is left out beside several.
        pusher: cluster.pusher ?? (more.length === 0 ? (only ?? "") : ""),
      })),
    }),
  };
}

/** In an order of their own: Pulumi sorts a map in some of the ways in which it hands it out, and that must change nothing. */
function namedPushers(pushers: NonNullable<ParsedSections["pushers"]>): Record<string, Pusher> {
  const sorted = Object.entries(pushers).sort(([left], [right]) => (left < right ? -1 : 1));
  return Object.fromEntries(
    sorted.map(([name, pusher]) => [
      name,
      { ...pusher, name, group: pusher.group ?? name, itemTitle: pusher.itemTitle ?? `${name}-apikey` },
    ]),
  );
}
