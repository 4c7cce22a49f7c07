import { randomUUID } from "node:crypto";
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { goJson } from "../go";
import { splitDigest } from "./digest";
import { StoreError } from "./errors";

export interface Descriptor {
  mediaType: string;
  digest: string;
  size: number;
  annotations?: Record<string, string>;
}

/** Annotation that holds the tag in an OCI layout. */
export const REF_NAME = "org.opencontainers.image.ref.name";

const NAME = /^[a-z0-9]+(?:(?:[._]|__|-+)[a-z0-9]+)*(?:\/[a-z0-9]+(?:(?:[._]|__|-+)[a-z0-9]+)*)*$/;

/** One OCI image layout for each repository below the root, as zot keeps them; uploads wait in `.uploads`. */
export class Layout {
  /** @param dedupe whether a blob that any repository holds is linked into the one that asks for it */
  constructor(
    readonly root: string,
    readonly dedupe: boolean,
    /** Other roots, by the first part of the repositories' names. */
    readonly subPaths: ReadonlyMap<string, string> = new Map(),
  ) {
    for (const folder of [root, ...subPaths.values()]) mkdirSync(folder, { recursive: true });
  }

  folder(repository: string): string {
    return join(this.subPaths.get(repository.split("/", 1)[0] ?? "") ?? this.root, repository);
  }

  blobPath(repository: string, digest: string): string {
    const { algorithm, encoded } = splitDigest(digest);
    return join(this.folder(repository), "blobs", algorithm, encoded);
  }

  uploadPath(repository: string, id: string): string {
    return join(this.folder(repository), ".uploads", id);
  }

  /** Makes the repository where it is missing: zot does so before it judges what is pushed. */
  init(repository: string): void {
    const folder = this.folder(repository);
    if (existsSync(join(folder, "index.json"))) return;
    mkdirSync(join(folder, "blobs"), { recursive: true });
    mkdirSync(join(folder, ".uploads"), { recursive: true });
    writeFileSync(join(folder, "oci-layout"), goJson({ imageLayoutVersion: "1.0.0" }));
    writeFileSync(join(folder, "index.json"), goJson({ schemaVersion: 2, manifests: null }));
  }

  /** @throws StoreError where there is no such repository */
  manifests(repository: string): Descriptor[] {
    try {
      const index = JSON.parse(readFileSync(join(this.folder(repository), "index.json"), "utf8")) as {
        manifests: Descriptor[] | null;
      };
      return index.manifests ?? [];
    } catch {
      throw new StoreError("repository unknown");
    }
  }

  saveManifests(repository: string, manifests: Descriptor[]): void {
    const staged = this.uploadPath(repository, randomUUID());
    writeFileSync(staged, goJson({ schemaVersion: 2, manifests }));
    renameSync(staged, join(this.folder(repository), "index.json"));
  }

  tags(repository: string): string[] {
    return this.manifests(repository).flatMap(({ annotations }) => annotations?.[REF_NAME] ?? []);
  }

  /** Size in bytes of a blob that the repository holds; undefined: it does not. */
  blobSize(repository: string, digest: string): number | undefined {
    return statSync(this.blobPath(repository, digest), { throwIfNoEntry: false })?.size;
  }

  /** @throws StoreError where the repository does not hold it */
  readBlob(repository: string, digest: string): Buffer {
    try {
      return readFileSync(this.blobPath(repository, digest));
    } catch {
      throw new StoreError("blob unknown");
    }
  }

  /** A manifest or index as JSON; undefined where it is missing. */
  readJson(repository: string, digest: string): Record<string, unknown> | undefined {
    try {
      return JSON.parse(this.readBlob(repository, digest).toString("utf8")) as Record<string, unknown>;
    } catch {
      return undefined;
    }
  }

  /** All repositories, in the order of zot's walk: by path segment, a parent before what is below it. */
  repositories(): string[] {
    return [this.root, ...this.subPaths.values()].flatMap((root) => this.#below(root, ""));
  }

  #below(root: string, parent: string): string[] {
    return readdirSync(join(root, parent), { withFileTypes: true })
      .filter((entry) => entry.isDirectory() && !["blobs", ".uploads", ".sync"].includes(entry.name))
      .map((entry) => (parent === "" ? entry.name : `${parent}/${entry.name}`))
      .sort()
      .flatMap((name) => [...(this.#isRepository(name) ? [name] : []), ...this.#below(root, name)]);
  }

  #isRepository(name: string): boolean {
    const holds = (file: string) => existsSync(join(this.folder(name), file));
    return NAME.test(name) && holds("index.json") && holds("oci-layout") && holds("blobs");
  }
}
