import type { HostLayout, HostState, SshTarget } from "./types";

export function probeHost(_target: SshTarget, _layout: HostLayout): Promise<HostState> {
  return Promise.reject(new Error("host/probe.ts: probeHost comes with the next commit"));
}
