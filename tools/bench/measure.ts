import diagnostics from "node:diagnostics_channel";
import { existsSync, readFileSync } from "node:fs";
import type { Server } from "node:http";
import type { AddressInfo } from "node:net";
import { residentBelow } from "./process-tree";

/** The cost of one run. */
export interface Cost {
  readonly seconds: number;
  /** CPU time in seconds of its finished child processes; undefined without `/proc`. */
  readonly cpuSeconds: number | undefined;
  /** HTTP requests to this process's servers: the stand-ins of Authentik, Forgejo and 1Password. */
  readonly requests: number;
  /** Peak memory in MiB of all child processes, minus their memory before; undefined without `/proc`. */
  readonly peakMib: number | undefined;
}

const SAMPLE_MS = 250;

interface Started {
  readonly server: Server;
}

/** Runs `work`, and measures its cost. One at a time: the figures are for the whole process. */
export async function cost(work: () => Promise<unknown>): Promise<Cost> {
  let requests = 0;
  const count = (message: unknown) => {
    const address = (message as Started).server.address() as AddressInfo | null;
    if (address !== null) requests += 1;
  };
  diagnostics.subscribe("http.server.request.start", count);
  const memory = watchMemory();
  const cpu = cpuOfChildren();
  const began = performance.now();
  try {
    await work();
  } finally {
    diagnostics.unsubscribe("http.server.request.start", count);
    memory.stop();
  }
  const seconds = (performance.now() - began) / 1000;
  const after = cpuOfChildren();
  const cpuSeconds = cpu === undefined || after === undefined ? undefined : after - cpu;
  return { seconds, cpuSeconds, requests, peakMib: memory.peakMib() };
}

function watchMemory() {
  if (!existsSync("/proc/self/status")) return { stop: () => undefined, peakMib: () => undefined };
  const before = residentBelow(process.pid, []);
  let most = before;
  const sampler = setInterval(() => {
    most = Math.max(most, residentBelow(process.pid, []));
  }, SAMPLE_MS);
  return { stop: () => clearInterval(sampler), peakMib: () => most - before };
}

/** The run with the median time. */
export async function medianCost(runs: number, work: () => Promise<unknown>): Promise<Cost> {
  const costs: Cost[] = [];
  for (let run = 0; run < runs; run++) costs.push(await cost(work));
  costs.sort((left, right) => left.seconds - right.seconds);
  const median = costs[Math.floor(runs / 2)];
  if (median === undefined) throw new RangeError("a median needs a run");
  return median;
}

/** Clock ticks per second in `/proc`, the same on every Linux that Node runs on. */
const TICKS = 100;

/** User and system time of all children that have ended and been waited for (proc(5), cutime and cstime). */
function cpuOfChildren(): number | undefined {
  try {
    const text = readFileSync("/proc/self/stat", "utf8");
    // The program's name may contain blanks and parentheses; the fields after it are counted from state, the third.
    const fields = text.slice(text.lastIndexOf(")") + 2).split(" ");
    return (Number(fields[13]) + Number(fields[14])) / TICKS;
  } catch {
    return undefined;
  }
}
