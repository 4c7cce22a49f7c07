import { setTimeout as delay } from "node:timers/promises";
import { secretIn, STEP_MS, stepOf, totpCode } from "../authentik/totp";

/** How somebody of the rehearsal shows who they are beside the password. */
export interface SecondFactor {
  /** A code that has not been used yet. */
  code(): Promise<string>;
  /** Takes what Authentik tells at the set-up. */
  learn(configUrl: string): void;
  /** For people who want to log in themselves. */
  readonly told: string;
}

/** A code that never changes, as the stand-in's seeds have it. */
export function fixedCode(code: string): SecondFactor {
  return {
    code: () => Promise.resolve(code),
    learn: () => {
      throw new Error("a second factor that never changes is not set up");
    },
    told: `code ${code}`,
  };
}

/** Codes by time. Authentik takes those of the step before, this and the next one, and none twice. */
export class Totp implements SecondFactor {
  private secret: string | undefined;
  private last = -1;

  get told(): string {
    return `codes by time of the secret ${this.secret ?? "that is not set up"}`;
  }

  get isSetUp(): boolean {
    return this.secret !== undefined;
  }

  learn(configUrl: string): void {
    this.secret = secretIn(configUrl);
  }

  async code(): Promise<string> {
    if (this.secret === undefined) throw new Error("a second factor is asked for that was never set up");
    const step = Math.max(stepOf(Date.now()), this.last + 1);
    // The code of the step after the next one is too early.
    const wait = (step - 1) * STEP_MS - Date.now();
    if (wait > 0) await delay(wait);
    this.last = step;
    return totpCode(this.secret, step);
  }
}
