import { parseArgs } from "node:util";

export interface Arguments {
  /** Stay up until Ctrl-C. */
  readonly keep: boolean;
  /** File for the JSON report. */
  readonly report?: string;
}

export const USAGE = `npm start [-- [--keep] [--report FILE]]

  --keep         stay up after the proof, print the URLs and how to log in; Ctrl-C ends it
  --report FILE  write what was done, and every answer of the access matrix, as JSON

Environment: ZOT_BINARY, AUTHENTIK_URL with AUTHENTIK_TOKEN, FORGEJO_URL with FORGEJO_TOKEN,
REHEARSAL_PLUGINS=installed put real parts in the place of stand-ins; see README.md.`;

/** @throws Error with the usage when an argument is unknown. */
export function parseArguments(argv: readonly string[]): Arguments {
  try {
    const { values } = parseArgs({
      args: [...argv],
      options: { keep: { type: "boolean", default: false }, report: { type: "string" } },
      strict: true,
    });
    return { keep: values.keep, ...(values.report !== undefined && { report: values.report }) };
  } catch (error) {
    throw new Error(`${error instanceof Error ? error.message : String(error)}\n\n${USAGE}`);
  }
}
