/** What the set-up says while it works: one line per event, every line with the same beginning. */
export interface Progress {
  say(line: string): void;
}

export const consoleProgress: Progress = {
  say: (line) => {
    console.log(`setup: ${line}`);
  },
};

/** Time since `began` (milliseconds of Date.now) in a person's form: "0.4 s", "12.3 s", "5 min 40 s". */
export function since(began: number, now = Date.now()): string {
  const seconds = (now - began) / 1000;
  if (seconds < 60) return `${seconds.toFixed(1)} s`;
  return `${Math.floor(seconds / 60)} min ${Math.floor(seconds % 60)} s`;
}

/** A failure that the operator can fix: what failed and where, then the next thing to do. */
export class SetupError extends Error {
  constructor(
    what: string,
    readonly next: string,
  ) {
    super(`${what}\n  Next: ${next}`);
    this.name = "SetupError";
  }
}
