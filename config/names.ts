import type { Parsed, ParsedSections, Settings } from "./schema";

/** Slug of a homelab's only registry; its names carry no prefix. */
export const DEFAULT_SLUG = "zot";

/**
 * Names that another stack must not have too, where the settings give none. Authentik, 1Password and Kubernetes know each
 * of them once, so all of them follow from `authentik.slug`, which Authentik lets only one application have.
 */
export function defaultNames(slug: string) {
  return {
    applicationName: `${slug} registry`,
    writers: slug === DEFAULT_SLUG ? "artifact-workloads" : `${slug}-artifact-workloads`,
    username: `${slug}-ci`,
    secretName: `${slug}-push`,
  };
}

/** Fills in the names that were left out, as far as the sections that they stand in were parsed. */
export function withNames(parsed: ParsedSections): Omit<Parsed, "zot"> & Pick<ParsedSections, "zot"> {
  const { authentik, access, ciCredential, clusters, ...others } = parsed;
  const names = defaultNames(authentik?.slug ?? DEFAULT_SLUG);
  const username = ciCredential?.username ?? names.username;
  return {
    ...others,
    ...(authentik && {
      authentik: {
        ...authentik,
        applicationName: authentik.applicationName ?? names.applicationName,
        isNamed: authentik.applicationName !== undefined,
      },
    }),
    ...(access && { access: { ...access, writers: access.writers ?? names.writers } }),
    ...(ciCredential && {
      ciCredential: {
        ...ciCredential,
        username,
        itemTitle: ciCredential.itemTitle ?? `${username}-apikey`,
      },
    }),
    ...(clusters && {
      clusters: clusters.map((cluster): Settings["clusters"][number] => ({
        ...cluster,
        secretName: cluster.secretName ?? names.secretName,
      })),
    }),
  };
}
