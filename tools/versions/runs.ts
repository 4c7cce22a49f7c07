import type { FLAVOUR_NAMES } from "../../rehearsal/mission/flavours";

/** Releases that are rehearsed together. Each release of each system is in at least one of them. */
export const TOGETHER: readonly (typeof FLAVOUR_NAMES)[] = [
  ["zot=2.1.15", "authentik=2026.2", "forgejo=9"],
  ["zot=2.1.16", "authentik=2026.5", "forgejo=11"],
  ["zot=2.1.17", "authentik=2026.8", "forgejo=15"],
  ["zot=2.1.18", "authentik=2026.2", "gitea=1.26"],
  ["zot=2.1.19", "authentik=2026.5", "forgejo=9"],
  ["zot=2.1.20", "authentik=2026.8", "forgejo=11"],
];

/** Releases that the program refuses before it declares anything, with the text of the error. */
export const REFUSED: readonly { readonly flavour: string; readonly says: string }[] = [
  { flavour: "authentik=2025.10", says: "2025.12" },
];
