import { Answered, type Fate } from "./network";

/**
 * What may happen to a request: `fails` 503, not done; `busy` 429, not done; `hangs` not done, no answer; `answer lost`
 * done, no answer; `killed before`, `killed after` the program dies there, so that nothing follows.
 */
export const FAULTS = ["fails", "busy", "hangs", "answer lost", "killed before", "killed after"] as const;
export type FaultKind = (typeof FAULTS)[number];

export interface Fault {
  /** Which request of the run, from 0. */
  readonly at: number;
  readonly kind: FaultKind;
}

/** Lets requests through, but for the one that the fault hits, and those that a dead program would not have sent. */
export class Faults {
  private fault: Fault | undefined;
  private count = 0;
  private dead = false;

  /** Before a run. */
  arm(fault: Fault | undefined): void {
    this.fault = fault;
    this.count = 0;
    this.dead = false;
  }

  /** @param act carries the request out. */
  pass(act: () => Answered): Fate {
    if (this.dead) return "cut off";
    const hit = this.fault?.at === this.count++ ? this.fault.kind : undefined;
    switch (hit) {
      case undefined:
        return act();
      case "fails":
        return new Answered("", { status: 503 });
      case "busy":
        return new Answered("", { status: 429, headers: { "retry-after": "0" } });
      case "hangs":
        return "hangs";
      case "answer lost":
        act();
        return "cut off";
      case "killed before":
      case "killed after":
        if (hit === "killed after") act();
        this.dead = true;
        return "cut off";
    }
  }
}
