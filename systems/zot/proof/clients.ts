/** One family of clients: zot distinguishes some by their user agent. */
export interface Client {
  name: string;
  userAgent: string;
  /** zot's pkg/api/authn.go: `Docker-Client` anywhere, or `docker/` at the start. */
  docker: boolean;
}

const generic: Client = { name: "generic", userAgent: "zot-access-verify", docker: false };
const containerd: Client = { name: "containerd", userAgent: "containerd/2.1.0", docker: false };
const docker: Client = {
  name: "docker",
  userAgent: "docker/28.0.0 go/go1.23.6 UpstreamClient(Docker-Client/28.0.0)",
  docker: true,
};

/** The families that zot distinguishes: a deploy tests as these. */
export const DISTINCT_CLIENTS: readonly Client[] = [generic, containerd, docker];

/** Every family that pushes or pulls in a homelab: the command tests as these. */
export const ALL_CLIENTS: readonly Client[] = [
  generic,
  containerd,
  { name: "buildkit", userAgent: "buildkit/v0.19", docker: false },
  { name: "skopeo", userAgent: "skopeo/1.18.0", docker: false },
  { name: "podman", userAgent: "libpod/5.4.0", docker: false },
  docker,
];
