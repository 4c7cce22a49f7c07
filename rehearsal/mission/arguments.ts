import { join, resolve } from "node:path";
import { Option } from "commander";
import { commandLine, parse, usageError } from "../../commands/shared/command-line";
import { messageOf } from "../../systems/text";
import { FLAVOUR_NAMES, type Flavours, flavoursOf } from "./flavours";

export interface Arguments {
  /** Keep running until Ctrl-C. */
  readonly keep: boolean;
  /** File for the JSON report. */
  readonly report?: string;
  /** Number of registries, each with its own stack. */
  readonly stacks: 1 | 2;
  /** File of an installation to adopt. */
  readonly installation?: string;
  /** Read 1Password with a service account and `op` instead of Connect. */
  readonly serviceAccount: boolean;
  /** The releases that the stand-ins simulate. */
  readonly flavours: Flavours;
}

const ANSIBLE = "rehearsal/installations/ansible.yaml";

const line = commandLine(
  "npm start --",
  "[--keep] [--report FILE] [--stacks 2] [--installation FILE] [--from-ansible] [--service-account] [--flavour SYSTEM=RELEASE]…",
  "Rehearses a complete deploy against stand-ins on loopback. To use real parts, set ZOT_BINARY, AUTHENTIK_URL with " +
    "AUTHENTIK_TOKEN, FORGEJO_URL with FORGEJO_TOKEN, or REHEARSAL_PLUGINS=installed; see README.md.",
  { 0: "everything succeeded", 1: "a step failed" },
)
  .option("--keep", "keep running, and print the URLs and how to log in; Ctrl-C stops it")
  .option("--report <file>", "write the steps, and every answer of the access matrix, as JSON")
  .addOption(
    new Option(
      "--stacks <count>",
      "2: also deploy a second registry with the same Authentik, 1Password and Forgejo, and destroy it again; neither " +
        "stack may change the other",
    )
      .choices(["1", "2"])
      .default("1"),
  )
  .addOption(
    new Option(
      "--installation <file>",
      "start from the installation that the file describes (rehearsal/installations/README.md), and adopt it while CI pushes every second",
    ).conflicts(["stacks", "report"]),
  )
  .addOption(
    new Option(
      "--from-ansible",
      `the same with ${ANSIBLE}, which Ansible, a blueprint and users set up`,
    ).conflicts(["installation", "stacks", "report"]),
  )
  .addOption(
    new Option(
      "--service-account",
      "read 1Password with a service account and the command op instead of Connect",
    ).conflicts(["installation", "fromAnsible"]),
  )
  .addOption(
    new Option(
      "--flavour <name>",
      `the release that a stand-in simulates, once per system: ${FLAVOUR_NAMES.join(", ")}`,
    )
      .argParser((name: string, before: string[]) => [...before, name])
      .default([], "the newest of each system"),
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
