import { execFileSync } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type Image, image, OCI_INDEX, OCI_MANIFEST, sha256 } from "../../rehearsal/zot/client";

const REF_NAME = "org.opencontainers.image.ref.name";

/** An image on disk: where skopeo finds it, and the digest that a push must keep. */
export interface Built {
  readonly source: string;
  readonly digest: string;
}

/** An OCI layout with one image, whose digest follows from the content. */
export function layout(folder: string, content: string): Built {
  const built = image(content);
  return writeLayout(folder, content, [built], {
    text: built.manifest,
    type: OCI_MANIFEST,
    digest: built.digest,
  });
}

/** An OCI layout with an index of two architectures. */
export function multiArchLayout(
  folder: string,
  content: string,
): Built & { readonly instances: readonly Image[] } {
  const instances = ["amd64", "arm64"].map((architecture) => image(`${content} for ${architecture}`));
  const manifests = instances.map(({ digest, manifest }, index) => ({
    mediaType: OCI_MANIFEST,
    digest,
    size: manifest.length,
    platform: { os: "linux", architecture: index === 0 ? "amd64" : "arm64" },
  }));
  const text = JSON.stringify({ schemaVersion: 2, mediaType: OCI_INDEX, manifests });
  return {
    ...writeLayout(folder, content, instances, { text, type: OCI_INDEX, digest: sha256(text) }),
    instances,
  };
}

function writeLayout(
  folder: string,
  name: string,
  images: readonly Image[],
  top: { text: string; type: string; digest: string },
): Built {
  const root = join(folder, name.replaceAll(" ", "-"));
  mkdirSync(join(root, "blobs/sha256"), { recursive: true });
  for (const blob of [
    top.text,
    ...images.flatMap(({ manifest, config, layer }) => [manifest, config, layer]),
  ])
    writeFileSync(join(root, "blobs/sha256", sha256(blob).slice(7)), blob);
  writeFileSync(join(root, "oci-layout"), JSON.stringify({ imageLayoutVersion: "1.0.0" }));
  const descriptor = { mediaType: top.type, digest: top.digest, size: top.text.length };
  const manifests = [{ ...descriptor, annotations: { [REF_NAME]: "v1" } }];
  writeFileSync(join(root, "index.json"), JSON.stringify({ schemaVersion: 2, manifests }));
  return { source: `oci:${root}:v1`, digest: top.digest };
}

/** What `nix build` of dockerTools.buildImage leaves: a gzipped archive as `docker save` writes it, its layer not packed. */
export function dockerArchive(folder: string, content: string): string {
  const root = join(folder, `archive-${content}`);
  mkdirSync(root, { recursive: true });
  writeFileSync(join(root, "file"), content);
  const layer = execFileSync("tar", ["-C", root, "-c", "file"]);
  const config = JSON.stringify({
    architecture: "amd64",
    os: "linux",
    rootfs: { type: "layers", diff_ids: [sha256(layer)] },
  });
  writeFileSync(join(root, "layer.tar"), layer);
  writeFileSync(join(root, "config.json"), config);
  writeFileSync(
    join(root, "manifest.json"),
    JSON.stringify([{ Config: "config.json", RepoTags: null, Layers: ["layer.tar"] }]),
  );
  const archive = join(folder, `${content}.tar.gz`);
  execFileSync("tar", ["-C", root, "-czf", archive, "manifest.json", "config.json", "layer.tar"]);
  return archive;
}
