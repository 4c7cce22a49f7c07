import { messageOf } from "../../../systems/text";
/** The result of one check besides the matrix. */
export interface Check {
  /** The subject of the check: `TLS of registry.example.org`. */
  readonly name: string;
  /** `warning`: worth knowing, but nobody is let in or locked out. */
  readonly status: "ok" | "warning" | "wrong" | "not asked";
  /** What was found, without any secret. */
  readonly found: string;
  /** What that means, if there is a problem. */
  readonly means?: string;
  /** What to do, if there is a problem. */
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

/** The worst of several findings about one subject, or that all of them are fine. */
export function worst(findings: readonly Finding[], well: string): Finding {
  const bad = findings.filter(({ status }) => status === "wrong" || status === "warning");
  return bad.find(({ status }) => status === "wrong") ?? bad[0] ?? ok(well);
}

/** Runs a check; a check that fails to run is itself wrong. Errors of this project contain no secret. */
export async function run(name: string, look: () => Promise<Finding> | Finding): Promise<Check> {
  try {
    return { name, ...(await look()) };
  } catch (error) {
    const found = messageOf(error);
    return { name, ...wrong(found, "it could not be checked", "fix that, then run verify again") };
  }
}
