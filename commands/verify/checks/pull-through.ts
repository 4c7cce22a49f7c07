import { ZOT } from "../../../systems/zot/http";
import { ask } from "./ask";
import { type Finding, notAsked, ok, wrong } from "./check";

const ACCEPT = [
  "application/vnd.oci.image.index.v1+json",
  "application/vnd.oci.image.manifest.v1+json",
  "application/vnd.docker.distribution.manifest.list.v2+json",
  "application/vnd.docker.distribution.manifest.v2+json",
].join(", ");

/**
 * Whether an image of an upstream registry can be pulled here; zot asks upstream whether its copy is current.
 *
 * @param image its name here, without the registry: `docker.io/library/alpine:3`
 */
export async function lookAtPullThrough(
  registryUrl: string,
  image: string | undefined,
  timeoutMs: number,
): Promise<Finding> {
  if (image === undefined) return notAsked("set proof.pullThroughImage to have one pulled");
  const [repository, tag] = splitTag(image);
  const { status, headers } = await ask(ZOT, `${registryUrl}/v2/${repository}/manifests/${tag}`, timeoutMs, {
    Accept: ACCEPT,
  });
  if (status === 200) return ok(`${image} is ${headers.get("docker-content-digest") ?? "there"}`);
  return wrong(
    `${image}: status ${status}`,
    "images of that upstream registry can no longer be pulled through, except those that are here already",
    "read zot's log for the upstream's answer (rate limit, credentials, name), and see extensions.sync in zot.config",
  );
}

function splitTag(image: string): [repository: string, tag: string] {
  const at = image.lastIndexOf(":");
  return at > image.lastIndexOf("/") ? [image.slice(0, at), image.slice(at + 1)] : [image, "latest"];
}
