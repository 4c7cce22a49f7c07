import { setTimeout as delay } from "node:timers/promises";
import { pushImage } from "./image";

export interface TrafficOptions {
  readonly registryUrl: string;
  /** What CI does, every second; left out: nothing. */
  readonly push?: {
    readonly repository: string;
    readonly username: string;
    /** The key as a job finds it when it starts. */
    readonly key: () => string;
  };
  /** `repository:tag` that is pulled without a login all the time; left out: none. */
  readonly pull?: string;
}

type Push = NonNullable<TrafficOptions["push"]>;

/** What CI and everybody else noticed. */
export interface Noticed {
  readonly pushes: number;
  /** Answers that a job cannot do anything about; none is expected. */
  readonly refused: readonly string[];
  readonly pulls: number;
  readonly pullsRefused: readonly string[];
  /** Longest time in which nothing answered, in milliseconds. */
  readonly longestGapMs: number;
}

const PUSH_EVERY_MS = 1000;
const PULL_EVERY_MS = 100;
/** How long a job tries again while nothing answers, as skopeo and BuildKit do; in milliseconds. */
const PATIENCE_MS = 30_000;
const RETRY_MS = 250;

/** A CI that pushes every second, and machines that pull all the time without a login. */
export class Traffic {
  private running = true;
  private pushes = 0;
  private pulls = 0;
  private readonly refused: string[] = [];
  private readonly pullsRefused: string[] = [];
  private longestGapMs = 0;
  private readonly work: Promise<unknown>;

  constructor(private readonly options: TrafficOptions) {
    const { pull, push } = options;
    this.work = Promise.all([push && this.push(push), pull !== undefined && this.pull(pull)]);
  }

  async stop(): Promise<Noticed> {
    this.running = false;
    await this.work;
    const { pushes, refused, pulls, pullsRefused, longestGapMs } = this;
    return { pushes, refused, pulls, pullsRefused, longestGapMs };
  }

  private async push({ key, repository, username }: Push): Promise<void> {
    for (let job = 1; this.running; job++) {
      const basic = `Basic ${Buffer.from(`${username}:${key()}`).toString("base64")}`;
      const began = Date.now();
      const status = await this.pushPatiently(repository, job, basic, began);
      if (status === 201) this.pushes++;
      else this.refused.push(`job ${job}: ${status ?? "no answer"}`);
      await delay(Math.max(0, PUSH_EVERY_MS - (Date.now() - began)));
    }
  }

  /** A job that got no answer begins anew, under another tag: the first may have been heard. */
  private async pushPatiently(
    repository: string,
    job: number,
    basic: string,
    began: number,
  ): Promise<number | undefined> {
    for (let attempt = 0; ; attempt++) {
      const tag = `job-${job}-${attempt}`;
      try {
        return await pushImage(this.options.registryUrl, repository, tag, tag, basic);
      } catch {
        if (Date.now() - began > PATIENCE_MS) return undefined;
        await delay(RETRY_MS);
      }
    }
  }

  private async pull(image: string): Promise<void> {
    const [repository = "", tag = ""] = image.split(":");
    const url = `${this.options.registryUrl}/v2/${repository}/manifests/${tag}`;
    let answered = Date.now();
    while (this.running) {
      const status = await fetch(url).then(
        async (response) => {
          await response.arrayBuffer();
          return response.status;
        },
        () => undefined,
      );
      if (status !== undefined) {
        this.longestGapMs = Math.max(this.longestGapMs, Date.now() - answered);
        answered = Date.now();
        if (status === 200) this.pulls++;
        else this.pullsRefused.push(String(status));
      }
      await delay(PULL_EVERY_MS);
    }
  }
}

/** For people: what was noticed. */
export function noticedText({ longestGapMs, pulls, pullsRefused, pushes, refused }: Noticed): string {
  return (
    `CI pushed ${pushes} times, and was refused ${refused.length} times; ${pulls} anonymous pulls, ` +
    `${pullsRefused.length} refused; longest serving gap: ${longestGapMs} ms\n`
  );
}

/** @throws Error where anything was refused */
export function refuseRefusals({ pullsRefused, refused }: Noticed): void {
  if (refused.length + pullsRefused.length > 0)
    throw new Error(`refused: ${[...refused, ...pullsRefused].join(", ")}`);
}
