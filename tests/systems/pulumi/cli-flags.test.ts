import { execFileSync } from "node:child_process";
import { readFileSync, realpathSync } from "node:fs";
import { delimiter, dirname } from "node:path";
import { cacheFolder, LANGUAGE_HOST, pulumiHome } from "../../../systems/pulumi/cli-location";
import {
  SHORT_FLAGS,
  QUIET_FLAGS,
  QUIET_VARIABLES,
  REVEALING_FLAGS,
  REVEALING_SWITCHES,
  REVEALING_VARIABLES,
  WITH_VALUE,
} from "../../../systems/pulumi/cli-flags";
import { findExecutable } from "../../../systems/pulumi/executables";

/*
 * Holds our lists to those of the CLI that is installed, of the version that the set-up installs. What fails here after an update is
 * a flag or a variable that nobody has looked at yet: does it print, write or send values?
 */
interface Command {
  readonly flags?: Readonly<Record<string, { readonly type: string }>>;
  readonly commands?: Readonly<Record<string, Command>>;
}

/** Those that run the program, or may. */
const COMMANDS = ["up", "preview", "refresh", "destroy", "watch"];
const path = [cacheFolder(pulumiHome(process.env)), process.env["PATH"] ?? ""].join(delimiter);
const file = findExecutable("pulumi", path) ?? "pulumi";
const cli = (...args: string[]) =>
  execFileSync(file, args, {
    encoding: "utf8",
    // What the CLI keeps back otherwise.
    env: {
      ...process.env,
      PULUMI_DEBUG_COMMANDS: "true",
      PULUMI_EXPERIMENTAL: "true",
      PULUMI_SKIP_UPDATE_CHECK: "true",
    },
    stdio: ["ignore", "pipe", "ignore"],
  });
const sorted = (names: Iterable<string>) => [...new Set(names)].sort();

const spec = JSON.parse(cli("generate-cli-spec")) as Command;
const flags = Object.assign(
  {},
  spec.flags,
  ...COMMANDS.map((name) => spec.commands?.[name]?.flags),
) as NonNullable<Command["flags"]>;
/** Lines such as `  -r, --refresh string[="true"]   Refresh the state`. */
const help = COMMANDS.flatMap((name) =>
  [...cli(name, "--help").matchAll(/^ +(?:-(\w), )?--([\w-]+)(?: (\S+))?/gm)].map(
    ([, letter, flag = "", type = ""]) => ({
      letter,
      flag,
      isOptional: type.includes("[="),
    }),
  ),
);

test("every flag of a command that runs the program is either quiet or refused", () => {
  expect(COMMANDS.filter((name) => spec.commands?.[name] === undefined)).toEqual([]);
  const ours = [...QUIET_FLAGS, ...Object.keys(REVEALING_FLAGS)];
  expect(sorted(ours)).toEqual(sorted([...Object.keys(flags), "help"]));
  expect(ours).toHaveLength(new Set(ours).size);
});

test("it is known which flags take the argument after them", () => {
  const optional = new Set(help.filter(({ isOptional }) => isOptional).map(({ flag }) => flag));
  const taking = Object.entries(flags).filter(
    ([name, { type }]) => type !== "boolean" && !optional.has(name),
  );
  expect(sorted(WITH_VALUE)).toEqual(sorted(taking.map(([name]) => name)));
});

test("it is known which of the refused flags are switches", () => {
  const switches = Object.keys(REVEALING_FLAGS).filter((name) => flags[name]?.type === "boolean");
  expect(sorted(REVEALING_SWITCHES)).toEqual(sorted(switches));
});

test("it is known which flag each letter stands for", () => {
  const letters = help.flatMap(({ letter, flag }) => (letter === undefined ? [] : [`${letter} ${flag}`]));
  expect(sorted(Object.entries(SHORT_FLAGS).map((pair) => pair.join(" ")))).toEqual(sorted(letters));
});

test("every variable that the CLI and the host of the program know is either quiet or refused", () => {
  const known = new Set([...QUIET_VARIABLES, ...REVEALING_VARIABLES]);
  const declared = [...cli("about", "env").matchAll(/^(PULUMI_\w+)/gm)].map(([name]) => name);
  expect(declared.length).toBeGreaterThan(200);
  expect(declared.filter((name) => !name.startsWith("PULUMI_OPTION_") && !known.has(name))).toEqual([]);

  // Some are read without being declared. In a program of Go, the texts stand one behind another without anything between.
  const host = findExecutable(LANGUAGE_HOST, path, [dirname(realpathSync(file))]) ?? "";
  const parts = [file, host].flatMap((program) =>
    [...readFileSync(program, "latin1").matchAll(/PULUMI_[A-Z][A-Z0-9_]+/g)].flatMap(([text]) =>
      text.split(/(?<!_)(?=PULUMI_)/),
    ),
  );
  const begins = (part: string) =>
    [...known].some((name) => part.startsWith(name) && part[name.length] !== "_");
  expect(sorted(parts).filter((part) => !begins(part))).toEqual(["PULUMI_RUNTIME_"]);
});
