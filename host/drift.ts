import type { Comparison, DesiredHost, HostLayout, HostState } from "./types";

export function compareHost(_layout: HostLayout, _desired: DesiredHost, _state: HostState): Comparison {
  throw new Error("host/drift.ts: compareHost comes with the next commit");
}
