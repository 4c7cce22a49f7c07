import { REPOSITORY_NAME, TAG_NAME } from "../names";
import type { Registry } from "./registry";
import type { Target, Targets } from "./types";

const PAGE = 200;
/** Enough to find a repository of each kind; a registry of thousands is not read to its end. */
const MOST_PAGES = 10;
/** Repositories whose tags are looked at, to find one with a tag, better one with `latest`. */
const MOST_CANDIDATES = 12;

/**
 * An existing repository that CI may write to and one that it may not, each with a tag. Asking about a repository that
 * does not exist would leave an empty entry in the catalog (facts: an allowed PUT creates it before it reads the body).
 */
export async function findTargets(
  registry: Registry,
  mayWrite: (repository: string) => boolean,
): Promise<Partial<Targets>> {
  const writable: string[] = [];
  const other: string[] = [];
  for (const name of await catalog(registry)) {
    (mayWrite(name) ? writable : other).push(name);
  }
  const [ours, theirs] = await Promise.all([best(registry, writable), best(registry, other)]);
  return { ...(ours && { writable: await withManifest(registry, ours) }), ...(theirs && { other: theirs }) };
}

const ANY_MANIFEST = ["oci.image.manifest.v1", "oci.image.index.v1"]
  .map((type) => `application/vnd.${type}+json`)
  .concat(
    ["manifest.v2", "manifest.list.v2"].map((type) => `application/vnd.docker.distribution.${type}+json`),
  );

async function withManifest(registry: Registry, target: Target): Promise<Target> {
  const { repository, tag } = target;
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

async function best(registry: Registry, names: string[]): Promise<Target | undefined> {
  const candidates = [...names].sort(ownFirst).slice(0, MOST_CANDIDATES);
  const found = await Promise.all(candidates.map((name) => look(registry, name)));
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

/** A first segment with a dot is a pull-through prefix by habit (docker.io/…): a question there may fetch from upstream. */
function ownFirst(a: string, b: string): number {
  const mirrored = (name: string) => Number((name.split("/")[0] ?? "").includes("."));
  return mirrored(a) - mirrored(b) || (a < b ? -1 : 1);
}

/** Links may be absolute, and may then name zot's own address behind its proxy. */
export function pathOf(link: string): string {
  const { pathname, search } = new URL(link, "http://registry.invalid");
  return pathname + search;
}
