import { readdirSync, readFileSync } from "node:fs";
import { join, relative, sep } from "node:path";
import { emptyImage, pushEmptyBlob, pushManifest, type Image } from "../../systems/zot/proof/image";
import type { Registry } from "../../systems/zot/proof/registry";
import { PEOPLE, REPOSITORIES, type Person } from "./people";

export const TAG = "v1";
/** The target of the tag in every repository. */
export const IMAGE = emptyImage();

const SHARED = ["one", "two"] as const;

/** One image per user, under two tags, so that one user's delete does not affect another. */
export function sharedImage({ name }: Person): Image {
  return emptyImage({ person: name });
}

/** The tags that go with a person's shared image. */
export function sharedTags({ name }: Person): string[] {
  return SHARED.map((each) => `${name}-${each}`);
}

/** Fills an empty registry that lets everybody push. */
export async function seed(registry: Registry): Promise<void> {
  for (const repository of REPOSITORIES) {
    await pushEmptyBlob(registry, repository);
    for (const tag of [TAG, "latest"]) await pushManifest(registry, repository, tag, IMAGE);
    for (const person of PEOPLE) {
      for (const tag of sharedTags(person))
        await pushManifest(registry, repository, tag, sharedImage(person));
    }
  }
}

/** The content of a storage folder, as `repository:tag`, or `repository@digest` without a tag; sorted. */
export function stored(storage: string): string[] {
  return readdirSync(storage, { recursive: true, encoding: "utf8" })
    .filter((path) => path.endsWith(`${sep}index.json`))
    .flatMap((path) => {
      const repository = relative(storage, join(storage, path, ".."))
        .split(sep)
        .join("/");
      const { manifests } = JSON.parse(readFileSync(join(storage, path), "utf8")) as Index;
      return (manifests ?? []).map(({ digest, annotations }) => {
        const tag = annotations?.["org.opencontainers.image.ref.name"];
        return tag === undefined ? `${repository}@${digest}` : `${repository}:${tag}`;
      });
    })
    .sort();
}

/** The part of an OCI image layout's index.json with the content. */
interface Index {
  manifests: { digest: string; annotations?: Record<string, string> }[] | null;
}
