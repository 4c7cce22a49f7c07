import type { IncomingMessage, ServerResponse } from "node:http";

/**
 * What may happen to a request: `fails` 503, not done; `hangs` not done, no answer; `answer lost` done, no answer;
 * `killed before`, `killed after` the program dies there, so that nothing follows.
 */
export const FAULTS = ["fails", "hangs", "answer lost", "killed before", "killed after"] as const;
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

  /** Whether the program was killed in this run. */
  get killed(): boolean {
    return this.dead;
  }

  pass(request: IncomingMessage, response: ServerResponse, answer: () => void, act: () => void): void {
    const hit = this.fault?.at === this.count++ ? this.fault.kind : undefined;
    if (this.dead) {
      request.socket.destroy();
      return;
    }
    switch (hit) {
      case undefined:
        act();
        answer();
        return;
      case "fails":
        response.writeHead(503).end();
        return;
      case "hangs":
        return;
      case "answer lost":
        act();
        request.socket.destroy();
        return;
      case "killed before":
      case "killed after":
        if (hit === "killed after") act();
        this.dead = true;
        request.socket.destroy();
    }
  }
}
