/** One family of clients: zot treats some of them differently by their user agent. */
export interface Client {
  name: string;
  userAgent: string;
  /** zot's pkg/api/authn.go: `Docker-Client` anywhere, or `docker/` at the start. */
  docker: boolean;
}

export const CLIENTS: readonly Client[] = [
  { name: "generic", userAgent: "zot-access-verify", docker: false },
  { name: "containerd", userAgent: "containerd/2.1.0", docker: false },
  {
    name: "docker",
    userAgent: "docker/28.0.0 go/go1.23.6 UpstreamClient(Docker-Client/28.0.0)",
    docker: true,
  },
];
