import { SKEW_LIMIT_MS } from "../../../keys/key-calendar";
import type { Peer } from "../../../systems/http/errors";
import { ask } from "./ask";
import { type Finding, notAsked, ok, warning, wrong } from "./check";

/** Authentik's and zot's tokens tolerate some skew; beyond it logins fail and keys expire at unexpected times. */
const WRONG_MS = 5 * 60_000;

/** Compares the clock at an address with this machine's, by the `Date` header, which has whole seconds. */
export async function lookAtClock(peer: Peer, address: string, timeoutMs: number): Promise<Finding> {
  const before = Date.now();
  const { headers } = await ask(peer, address, timeoutMs);
  const here = new Date((before + Date.now()) / 2);
  const date = headers.get("date");
  return date === null ? notAsked("its answers carry no date") : judgeClock(new Date(date), here);
}

export function judgeClock(there: Date, here: Date): Finding {
  const skew = there.getTime() - here.getTime();
  const found = `${(Math.abs(skew) / 1000).toFixed(0)} s ${skew < 0 ? "behind" : "ahead of"} this machine`;
  const means = "keys expire by the registry's clock, and logins fail when it disagrees with Authentik's";
  const todo = "set up time synchronisation on that host, and see that this machine has it";
  if (Math.abs(skew) > WRONG_MS) return wrong(found, means, todo);
  return Math.abs(skew) > SKEW_LIMIT_MS ? warning(found, means, todo) : ok(found);
}
