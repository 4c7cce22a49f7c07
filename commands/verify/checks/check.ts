import { messageOf } from "../../../systems/text";
/** One thing beyond the matrix that was looked at. */
export interface Check {
  /** What was looked at: `TLS of registry.example.org`. */
  readonly name: string;
  /** `warning`: somebody should know, and nobody is let in or locked out by it. */
  readonly status: "ok" | "warning" | "wrong" | "not asked";
  /** What was found, without any secret. */
  readonly found: string;
  /** What that means, where it is not well. */
  readonly means?: string;
  /** The next thing to do, where it is not well. */
  readonly todo?: string;
}

export type Finding = Omit<Check, "name">;

export const ok = (found: string): Finding => ({ status: "ok", found });
export const notAsked = (found: string): Finding => ({ status: "not asked", found });
export const warning = (found: string, means: string, todo: string): Finding => ({
  status: "warning",
  found,
  means,
  todo,
});
export const wrong = (found: string, means: string, todo: string): Finding => ({
  status: "wrong",
  found,
  means,
  todo,
});

/** The worst of several findings about one thing, or that all of them are well. */
export function worst(findings: readonly Finding[], well: string): Finding {
  const bad = findings.filter(({ status }) => status === "wrong" || status === "warning");
  return bad.find(({ status }) => status === "wrong") ?? bad[0] ?? ok(well);
}

/** Runs a check; one that cannot be made is itself wrong. Errors of this project hold no secret. */
export async function run(name: string, look: () => Promise<Finding> | Finding): Promise<Check> {
  try {
    return { name, ...(await look()) };
  } catch (error) {
    const found = messageOf(error);
    return { name, ...wrong(found, "it could not be checked", "fix that, then run verify again") };
  }
}
