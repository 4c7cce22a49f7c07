import { commonRepository, globMatches } from "../glob";
import { REPOSITORY_NAME, TAG_NAME } from "../names";
import type { Registry } from "./registry";
import type { Target, Targets } from "./types";

const PAGE = 200;
/** Enough to find a repository of each kind; a registry with thousands is not read completely. */
const MOST_PAGES = 10;
/** The number of repositories whose tags are read to find one with a tag, preferably `latest`; shared by the pushers. */
const MOST_CANDIDATES = 12;
const LEAST_CANDIDATES = 2;
/** Kinds of places outside of the pushers' own that are tested. */
const MOST_OTHERS = 6;

export interface TargetSearch {
  readonly pushers: readonly string[];
  readonly caches: readonly string[];
  readonly mayPush: (pusher: string, repository: string) => boolean;
  /** Equal for all repositories with the same deciding rules. */
  readonly kindOf: (repository: string) => string;
}

/**
 * Existing repositories: one that each pusher may push to, and one of each kind that none may push to, each with a
 * tag. A request for a missing repository would leave an empty entry in the catalog (measured: an allowed PUT creates
 * it before it reads the body).
 *
 * @param readers the identities that search: together they see everything visible
 */
export async function findTargets(readers: readonly Registry[], wanted: TargetSearch): Promise<Targets> {
  const { caches, kindOf, mayPush, pushers } = wanted;
  const seenBy = new Map<string, Registry>();
  for (const reader of readers) {
    for (const name of await catalog(reader)) if (!seenBy.has(name)) seenBy.set(name, reader);
  }
  const names = [...seenBy.keys()];
  const most = Math.max(LEAST_CANDIDATES, Math.floor(MOST_CANDIDATES / Math.max(1, pushers.length)));
  const own = await Promise.all(
    pushers.map(async (pusher) => {
      const target = await best(
        seenBy,
        names.filter((name) => mayPush(pusher, name)),
        most,
      );
      return target && { pusher, ...(await withManifest(seenBy.get(target.repository), target)) };
    }),
  );
  const kinds = new Map<string, string[]>();
  for (const name of names) {
    if (pushers.some((pusher) => mayPush(pusher, name))) continue;
    kinds.set(kindOf(name), [...(kinds.get(kindOf(name)) ?? []), name]);
  }
  const others = await Promise.all(
    [...kinds.values()].slice(0, MOST_OTHERS).map((alike) => best(seenBy, alike, MOST_CANDIDATES)),
  );
  return {
    own: own.filter((target) => target !== undefined),
    others: others.filter((target) => target !== undefined),
    empty: caches.flatMap((cache) =>
      names.some((name) => globMatches(cache, name))
        ? []
        : (commonRepository([cache, `**/${NEVER_THERE}`]) ?? commonRepository([cache]) ?? []),
    ),
  };
}

const NEVER_THERE = "zot-access-proof";

const ANY_MANIFEST = ["oci.image.manifest.v1", "oci.image.index.v1"]
  .map((type) => `application/vnd.${type}+json`)
  .concat(
    ["manifest.v2", "manifest.list.v2"].map((type) => `application/vnd.docker.distribution.${type}+json`),
  );

async function withManifest(registry: Registry | undefined, target: Target): Promise<Target> {
  const { repository, tag } = target;
  if (!registry) return target;
  const { status, text } = await registry.ask(
    `read the manifest of ${repository}:${tag}`,
    "GET",
    `/v2/${repository}/manifests/${tag}`,
    { headers: { Accept: ANY_MANIFEST.join(", ") } },
  );
  return status === 200 ? { ...target, manifest: text } : target;
}

async function catalog(registry: Registry): Promise<string[]> {
  const all: string[] = [];
  let path: string | undefined = `/v2/_catalog?n=${PAGE}`;
  for (let page = 0; path !== undefined && page < MOST_PAGES; page++) {
    const { names, next } = await registry.names("list the repositories", path, "repositories");
    all.push(...names.filter((name) => REPOSITORY_NAME.test(name)));
    path = next === undefined ? undefined : pathOf(next);
  }
  return all;
}

async function best(
  seenBy: ReadonlyMap<string, Registry>,
  names: string[],
  most: number,
): Promise<Target | undefined> {
  const candidates = [...names].sort(ownFirst).slice(0, most);
  const found = await Promise.all(
    candidates.map(async (name) => {
      const reader = seenBy.get(name);
      return reader && (await look(reader, name));
    }),
  );
  const targets = found.filter((target) => target !== undefined);
  return targets.find(({ hasLatest, tag }) => hasLatest && tag !== "latest") ?? targets[0];
}

async function look(registry: Registry, repository: string): Promise<Target | undefined> {
  const { names } = await registry.names(
    `list the tags of ${repository}`,
    `/v2/${repository}/tags/list`,
    "tags",
  );
  const tags = names.filter((name) => TAG_NAME.test(name));
  const tag = tags.find((name) => name !== "latest") ?? tags[0];
  return tag === undefined ? undefined : { repository, tag, hasLatest: tags.includes("latest") };
}

/** A first segment with a dot usually is a pull-through prefix (docker.io/…): a request there may fetch from upstream. */
function ownFirst(a: string, b: string): number {
  const mirrored = (name: string) => Number((name.split("/")[0] ?? "").includes("."));
  return mirrored(a) - mirrored(b) || (a < b ? -1 : 1);
}

/** Links may be absolute, and then contain zot's own address behind its proxy. */
export function pathOf(link: string): string {
  const { pathname, search } = new URL(link, "http://registry.invalid");
  return pathname + search;
}
