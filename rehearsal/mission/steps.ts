/** One thing that the rehearsal did, and how long it took. */
export interface Step {
  readonly name: string;
  readonly seconds: number;
}

/** Runs the steps of a rehearsal one after another, saying what it does while it does it. */
export class Steps {
  readonly done: Step[] = [];

  constructor(private readonly write: (line: string) => void) {}

  async run<T>(name: string, work: () => Promise<T>): Promise<T> {
    const started = performance.now();
    this.write(`▸ ${name} …`);
    const seconds = () => Math.round((performance.now() - started) / 100) / 10;
    try {
      const result = await work();
      this.done.push({ name, seconds: seconds() });
      this.write(`✔ ${name} (${seconds()} s)\n`);
      return result;
    } catch (error) {
      this.write(`✘ ${name} (${seconds()} s)\n`);
      throw error;
    }
  }
}
