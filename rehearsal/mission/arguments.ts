import { join, resolve } from "node:path";
import { Option } from "commander";
import { commandLine, parse, usageError } from "../../commands/shared/command-line";
import { messageOf } from "../../systems/text";
import { FLAVOUR_NAMES, type Flavours, flavoursOf } from "./flavours";

export interface Arguments {
  /** Stay up until Ctrl-C. */
  readonly keep: boolean;
  /** File for the JSON report. */
  readonly report?: string;
  /** Registries side by side, each with a stack of its own. */
  readonly stacks: 1 | 2;
  /** File of an installation to move in. */
  readonly installation?: string;
  /** Open 1Password by a service account and `op`, without Connect. */
  readonly serviceAccount: boolean;
  /** Which releases the stand-ins play. */
  readonly flavours: Flavours;
}

const ANSIBLE = "rehearsal/installations/ansible.yaml";

const line = commandLine(
  "npm start --",
  "[--keep] [--report FILE] [--stacks 2] [--installation FILE] [--from-ansible] [--service-account] [--flavour SYSTEM=RELEASE]…",
  "Rehearses everything in a world of its own on loopback. ZOT_BINARY, AUTHENTIK_URL with AUTHENTIK_TOKEN, FORGEJO_URL with " +
    "FORGEJO_TOKEN, and REHEARSAL_PLUGINS=installed put real parts in the place of stand-ins; see README.md.",
  { 0: "all of it was proven", 1: "something was not as it must be" },
)
  .option("--keep", "stay up after the proof, print the URLs and how to log in; Ctrl-C ends it")
  .option("--report <file>", "write what was done, and every answer of the access matrix, as JSON")
  .addOption(
    new Option(
      "--stacks <count>",
      "2: then a second registry beside the first, in the same Authentik, 1Password and Forgejo: each leaves the other alone, " +
        "when it goes as well",
    )
      .choices(["1", "2"])
      .default("1"),
  )
  .addOption(
    new Option(
      "--installation <file>",
      "begin with the installation that the file describes (rehearsal/installations/README.md), and adopt it while CI pushes every second",
    ).conflicts(["stacks", "report"]),
  )
  .addOption(
    new Option(
      "--from-ansible",
      `the same with ${ANSIBLE}: what Ansible, a blueprint and users made`,
    ).conflicts(["installation", "stacks", "report"]),
  )
  .addOption(
    new Option(
      "--service-account",
      "open 1Password by a service account and the command op, without Connect",
    ).conflicts(["installation", "fromAnsible"]),
  )
  .addOption(
    new Option(
      "--flavour <name>",
      `a release that a stand-in plays, one a system: ${FLAVOUR_NAMES.join(", ")}`,
    )
      .argParser((name: string, before: string[]) => [...before, name])
      .default([], "those that are played unless told"),
  );

interface Options {
  readonly keep?: true;
  readonly report?: string;
  readonly stacks: "1" | "2";
  readonly fromAnsible?: true;
  readonly serviceAccount?: true;
  readonly flavour: string[];
  readonly installation?: string;
}

/** @throws UsageError, HelpShown */
export function parseArguments(argv: readonly string[]): Arguments {
  const {
    keep = false,
    report,
    stacks,
    fromAnsible = false,
    flavour,
    installation,
    serviceAccount = false,
  } = parse<Options>(line, argv).options;
  const file = fromAnsible
    ? join(__dirname, "../..", ANSIBLE)
    : installation && resolve(process.env["INIT_CWD"] ?? ".", installation);
  return {
    keep,
    ...(report !== undefined && { report }),
    stacks: stacks === "2" ? 2 : 1,
    serviceAccount,
    flavours: flavours(flavour),
    ...(file !== undefined && { installation: file }),
  };
}

function flavours(names: readonly string[]): Flavours {
  try {
    return flavoursOf(names, process.env);
  } catch (error) {
    throw usageError(line, messageOf(error), error);
  }
}
