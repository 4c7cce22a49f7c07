/**
 * The host's clock as this process sees it. `ZOT_STANDIN_CLOCK_OFFSET_MS` (milliseconds, may be negative) sets it wrong:
 * zot dates and expires keys by the host's clock, not by the client's.
 */
export function now(): Date {
  return new Date(Date.now() + OFFSET_MS);
}

const OFFSET_MS = Number(process.env.ZOT_STANDIN_CLOCK_OFFSET_MS ?? "0");
