import type { ApplyResult, DesiredHost, HostLayout } from "./types";

export function applyCommand(generation: string): string {
  return `exec /bin/sh -s # zot-access ${generation}`;
}

export function applyInput(_layout: HostLayout, _desired: DesiredHost, _generation: string): string {
  throw new Error("host/payload.ts: applyInput comes with the next commit");
}

export function parseOutcome(_stdout: string): ApplyResult {
  throw new Error("host/payload.ts: parseOutcome comes with the next commit");
}
