import type { z } from "zod";
import { FormError, type Peer } from "./errors";
import type { HttpReply } from "./request";

export interface Expected<T extends z.ZodType> {
  readonly peer: Peer;
  readonly action: string;
  readonly schema: T;
  /** The expected body: "a list of users". */
  readonly expected: string;
}

/** A body as JSON; undefined if it is not JSON. */
export function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** A body in the system's known format. @throws FormError, which names fields and never values */
export function readJson<T extends z.ZodType>(
  { url, text }: Pick<HttpReply, "url" | "text">,
  { peer, action, schema, expected }: Expected<T>,
): z.output<T> {
  const json = jsonOf(text);
  const asked = { peer, action, where: url };
  if (json === undefined) throw new FormError(asked, expected, ["it is not JSON"]);
  const parsed = schema.safeParse(json);
  if (parsed.success) return parsed.data;
  throw new FormError(asked, expected, differencesOf(parsed.error));
}

const SHOWN = 3;

/** Only paths: zod's own messages may quote the body. */
function differencesOf({ issues }: z.ZodError): string[] {
  const paths = issues.map(({ path }) => (path.length === 0 ? "as a whole" : path.map(String).join(".")));
  return [...new Set(paths)].slice(0, SHOWN);
}
