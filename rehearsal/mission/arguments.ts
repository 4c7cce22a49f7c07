import { parseArgs } from "node:util";

export interface Arguments {
  /** Stay up until Ctrl-C. */
  readonly keep: boolean;
  /** File for the JSON report. */
  readonly report?: string;
  /** Registries side by side, each with a stack of its own. */
  readonly stacks: 1 | 2;
  /** Move into what Ansible, a blueprint and people made. */
  readonly fromAnsible: boolean;
}

export const USAGE = `npm start [-- [--keep] [--report FILE] [--stacks 2] [--from-ansible]]

  --keep         stay up after the proof, print the URLs and how to log in; Ctrl-C ends it
  --report FILE  write what was done, and every answer of the access matrix, as JSON
  --stacks 2     then a second registry beside the first, in the same Authentik, 1Password and Forgejo: each leaves the
                 other alone, when it goes as well
  --from-ansible begins with what Ansible, a blueprint and people made, and takes it over while CI pushes every second

Environment: ZOT_BINARY, AUTHENTIK_URL with AUTHENTIK_TOKEN, FORGEJO_URL with FORGEJO_TOKEN,
REHEARSAL_PLUGINS=installed put real parts in the place of stand-ins; see README.md.`;

/** @throws Error with the usage when an argument is unknown. */
export function parseArguments(argv: readonly string[]): Arguments {
  try {
    const { values } = parseArgs({
      args: [...argv],
      options: {
        keep: { type: "boolean", default: false },
        report: { type: "string" },
        stacks: { type: "string", default: "1" },
        "from-ansible": { type: "boolean", default: false },
      },
      strict: true,
    });
    if (values.stacks !== "1" && values.stacks !== "2") throw new Error("--stacks takes 1 or 2");
    return {
      keep: values.keep,
      ...(values.report !== undefined && { report: values.report }),
      stacks: values.stacks === "2" ? 2 : 1,
      fromAnsible: values["from-ansible"],
    };
  } catch (error) {
    throw new Error(`${error instanceof Error ? error.message : String(error)}\n\n${USAGE}`);
  }
}
