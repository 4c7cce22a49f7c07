import type { Say } from "../../systems/say";

/** Keeps what a handler tells the user. */
export class Saying {
  readonly all: string[] = [];
  readonly say: Say = (severity, message) => {
    this.all.push(`${severity}: ${message}`);
    return Promise.resolve();
  };

  /** What was said since the last call. */
  heard(): string[] {
    return this.all.splice(0);
  }
}
