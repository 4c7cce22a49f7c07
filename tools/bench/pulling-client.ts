import { setTimeout as delay } from "node:timers/promises";
import { request } from "../../systems/http/request";
import { ZOT } from "../../systems/zot/http";

const PAUSE_MS = 5;

/** Pulls one manifest repeatedly, and measures the longest time between two successful pulls. */
export class PullingClient {
  private pulls = 0;
  private longestGapMs = 0;
  private stopped = false;
  private readonly done: Promise<void>;

  constructor(private readonly url: string) {
    this.done = this.run();
  }

  async stop(): Promise<{ pulls: number; longestGapMs: number }> {
    this.stopped = true;
    await this.done;
    return { pulls: this.pulls, longestGapMs: Math.round(this.longestGapMs) };
  }

  private async run(): Promise<void> {
    let last = performance.now();
    while (!this.stopped) {
      if (await this.pull()) {
        const now = performance.now();
        this.longestGapMs = Math.max(this.longestGapMs, now - last);
        this.pulls += 1;
        last = now;
      }
      await delay(PAUSE_MS);
    }
  }

  private async pull(): Promise<boolean> {
    try {
      const reply = await request({ peer: ZOT, action: "pull a manifest", url: this.url });
      return reply.status === 200;
    } catch {
      return false;
    }
  }
}
