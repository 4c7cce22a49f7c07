export type StoreProblem =
  | "repository unknown"
  | "manifest unknown"
  | "manifest invalid"
  | "manifest shared"
  | "manifest referenced"
  | "blob unknown"
  | "blob referenced"
  | "digest mismatch"
  | "upload unknown"
  | "upload range";

/** What the store refuses, with what zot adds to the answer's detail. */
export class StoreError extends Error {
  override readonly name = "StoreError";
  constructor(
    readonly problem: StoreProblem,
    readonly detail: Record<string, string> = {},
  ) {
    super(problem);
  }
}
