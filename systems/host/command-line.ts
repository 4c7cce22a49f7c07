import { posix } from "node:path";

/*
 * Command lines of processes and units. Both `ps` and systemd show the words with blanks between them, without
 * quotes.
 */

/** What a command line starts, without the programs that only prepare it, such as env, nice and sudo. */
export interface CommandLine {
  /** The program and its arguments. */
  readonly words: readonly string[];
  /** Another program starts it, and may stay its parent. */
  readonly isWrapped: boolean;
  /** The user that such a program changes to. */
  readonly user?: string;
  /** The folder that such a program changes to. */
  readonly folder?: string;
  /** Names of the variables that such a program sets. */
  readonly variables: readonly string[];
  /** A word whose effect is unknown: what follows is a guess. */
  readonly unclear?: string;
}

interface Options {
  /** Letters and long names without a value. */
  readonly alone: string;
  readonly longAlone?: readonly string[];
  /** Those with a value behind them or in the next word. */
  readonly valued: string;
  readonly longValued?: readonly string[];
}

interface Wrapper extends Options {
  /** Words of its own between its options and the program. */
  readonly operands?: number;
  /** Takes `NAME=value` before the program. */
  readonly assigns?: true;
  readonly user?: readonly string[] | "operand";
  readonly folder?: readonly string[];
}

/** From their manual pages: coreutils 9, util-linux 2.38, sudo 1.9, doas 6, tini 0.19. */
const WRAPPERS: Record<string, Wrapper> = {
  env: {
    ...{ alone: "iv0", longAlone: ["--ignore-environment", "--null", "--debug"] },
    ...{ valued: "uC", longValued: ["--unset", "--chdir"], assigns: true, folder: ["-C", "--chdir"] },
  },
  nice: { alone: "0123456789", valued: "n", longValued: ["--adjustment"] },
  ionice: { alone: "t", longAlone: ["--ignore"], valued: "cn", longValued: ["--class", "--classdata"] },
  chrt: {
    ...{ alone: "abdfioRrv", valued: "TPD", operands: 1 },
    longAlone: ["--all-tasks", "--batch", "--fifo", "--idle", "--other", "--reset-on-fork", "--rr"],
  },
  taskset: { alone: "ac", longAlone: ["--all-tasks", "--cpu-list"], valued: "", operands: 1 },
  nohup: { alone: "", valued: "" },
  setsid: { alone: "cfw", longAlone: ["--ctty", "--fork", "--wait"], valued: "" },
  stdbuf: { alone: "", valued: "ioe", longValued: ["--input", "--output", "--error"] },
  timeout: {
    ...{ alone: "v", longAlone: ["--foreground", "--preserve-status", "--verbose"] },
    ...{ valued: "ks", longValued: ["--kill-after", "--signal"], operands: 1 },
  },
  flock: {
    ...{ alone: "sxenuoFv", longAlone: ["--shared", "--exclusive", "--nonblock", "--no-fork", "--close"] },
    ...{ valued: "wE", longValued: ["--timeout", "--conflict-exit-code"], operands: 1 },
  },
  sudo: {
    ...{
      alone: "nEHSbkPN",
      longAlone: ["--non-interactive", "--preserve-env", "--set-home", "--background"],
    },
    ...{ valued: "ugCprtTD", longValued: ["--user", "--group", "--chdir"], assigns: true },
    ...{ user: ["-u", "--user"], folder: ["-D", "--chdir"] },
  },
  doas: { alone: "nL", valued: "uCa", user: ["-u"] },
  runuser: {
    alone: "",
    valued: "ugG",
    longValued: ["--user", "--group", "--supp-group"],
    user: ["-u", "--user"],
  },
  setpriv: {
    ...{ alone: "d", valued: "", user: ["--reuid"] },
    longAlone: ["--clear-groups", "--keep-groups", "--init-groups", "--no-new-privs", "--nnp", "--reset-env"],
    longValued: [
      "--reuid",
      "--regid",
      "--groups",
      "--inh-caps",
      "--ambient-caps",
      "--bounding-set",
      "--pdeathsig",
    ],
  },
  gosu: { alone: "", valued: "", operands: 1, user: "operand" },
  "su-exec": { alone: "", valued: "", operands: 1, user: "operand" },
  tini: { alone: "sgwv", valued: "pe" },
  "dumb-init": {
    alone: "cv",
    longAlone: ["--single-child", "--verbose"],
    valued: "r",
    longValued: ["--rewrite"],
  },
  catatonit: { alone: "g", valued: "" },
};

const SHELL = /^(ba|da|z|k)?sh$/;

/** A shell does with these more than start one program. */
const SHELL_SYNTAX = /[$`;&|<>()'"\\*?[\]{}~#]/;

const ASSIGNMENT = /^[A-Za-z_]\w*=/;

export function commandLine(words: readonly string[]): CommandLine {
  const [program = "", ...rest] = words;
  const name = posix.basename(program);
  // Of a shell that runs a script, the script is the program; only `-c` has a command line.
  if (SHELL.test(name) && /^-\w*c$/.test(rest[0] ?? "")) return ofShell(rest.slice(1));
  const wrapper = Object.hasOwn(WRAPPERS, name) ? WRAPPERS[name] : undefined;
  if (!wrapper) return { words, isWrapped: false, variables: [] };
  const { options, behind, unclear } = optionsOf(rest, wrapper);
  const assigned = wrapper.assigns ? behind.findIndex((word) => !ASSIGNMENT.test(word)) : 0;
  const assignments = behind.slice(0, assigned);
  const operands = behind.slice(assigned, assigned + (wrapper.operands ?? 0));
  const inner = commandLine(behind.slice(assigned + operands.length));
  const valueOf = (names: readonly string[] = []) => options.findLast(([each]) => names.includes(each))?.[1];
  const user = wrapper.user === "operand" ? operands[0]?.replace(/:.*/, "") : valueOf(wrapper.user);
  const own = {
    user: user ?? (name === "sudo" || name === "doas" ? "root" : undefined),
    folder: valueOf(wrapper.folder),
  };
  return {
    ...(own.user !== undefined && { user: own.user }),
    ...(own.folder !== undefined && { folder: own.folder }),
    ...inner,
    isWrapped: true,
    variables: [...assignments.map((each) => each.replace(/=.*/s, "")), ...inner.variables],
    ...(unclear !== undefined && { unclear: `${name} ${unclear}` }),
  };
}

function ofShell(words: readonly string[]): CommandLine {
  const [first, ...rest] = words;
  const inner = commandLine(first === "exec" ? rest : words);
  const syntax = words.find((word) => SHELL_SYNTAX.test(word));
  return { ...inner, isWrapped: true, ...(syntax !== undefined && { unclear: syntax }) };
}

export interface ParsedOptions {
  readonly options: readonly (readonly [name: string, value: string])[];
  readonly behind: readonly string[];
  /** The first option that is not among the known ones. */
  readonly unclear?: string;
}

/** Options up to the first other word, or up to `--`. */
export function optionsOf(words: readonly string[], known: Options): ParsedOptions {
  const options: (readonly [string, string])[] = [];
  let at = 0;
  for (; at < words.length; at++) {
    const word = words[at] ?? "";
    if (word === "--") return { options, behind: words.slice(at + 1) };
    if (!word.startsWith("-")) break;
    const [, name = word, value] = /^(--[^=]+)=(.*)$/s.exec(word) ?? [];
    if (word.startsWith("--")) {
      if (known.longValued?.includes(name)) options.push([name, value ?? words[++at] ?? ""]);
      else if (known.longAlone?.includes(name)) options.push([name, value ?? ""]);
      else return { options, behind: words.slice(at + 1), unclear: name };
      continue;
    }
    const letters = Array.from(word.slice(1));
    const valued = letters.findIndex((letter) => !known.alone.includes(letter));
    for (const letter of valued === -1 ? letters : letters.slice(0, valued)) options.push([`-${letter}`, ""]);
    if (valued === -1) continue;
    const letter = letters[valued] ?? "";
    if (!known.valued.includes(letter))
      return { options, behind: words.slice(at + 1), unclear: `-${letter}` };
    const behind = letters.slice(valued + 1).join("");
    options.push([`-${letter}`, behind === "" ? (words[++at] ?? "") : behind.replace(/^=/, "")]);
  }
  return { options, behind: words.slice(at) };
}

/** A command of a container runtime. */
export interface RuntimeCommand {
  readonly runtime: "podman" | "docker";
  /** Without `container`: `run`, `start`. */
  readonly command: string;
  readonly words: readonly string[];
  readonly user?: string;
  /** An option or variable by which the runtime keeps its containers elsewhere than without it. */
  readonly elsewhere?: string;
  readonly unclear?: string;
}

/** Options before the command, from podman(1) 4 and 5, and docker(1) 20 to 27. */
const GLOBAL: Record<RuntimeCommand["runtime"], Options> = {
  podman: {
    alone: "rv",
    longAlone: ["--remote", "--syslog", "--noout", "--transient-store", "--trace"],
    valued: "c",
    longValued: [
      ...["--cgroup-manager", "--conmon", "--connection", "--db-backend", "--events-backend", "--hooks-dir"],
      ...[
        "--identity",
        "--imagestore",
        "--log-level",
        "--module",
        "--namespace",
        "--network-cmd-path",
        "--out",
      ],
      ...[
        "--network-config-dir",
        "--cni-config-dir",
        "--root",
        "--runroot",
        "--runtime",
        "--runtime-flag",
        "--ssh",
      ],
      ...["--storage-driver", "--storage-opt", "--tmpdir", "--url", "--volumepath"],
    ],
  },
  docker: {
    alone: "D",
    longAlone: ["--debug", "--tls", "--tlsverify"],
    valued: "cHl",
    longValued: ["--config", "--context", "--host", "--log-level", "--tlscacert", "--tlscert", "--tlskey"],
  },
};

const ELSEWHERE = new Set([
  ...[
    "-c",
    "--connection",
    "-r",
    "--remote",
    "--url",
    "--root",
    "--runroot",
    "--storage-driver",
    "--storage-opt",
  ],
  ...["--imagestore", "--namespace", "--module", "--tmpdir", "--transient-store", "--volumepath"],
  ...["--context", "-H", "--host", "--config"],
  ...["DOCKER_HOST", "DOCKER_CONTEXT", "DOCKER_CONFIG", "CONTAINER_HOST", "CONTAINER_CONNECTION"],
  ...[
    "CONTAINERS_STORAGE_CONF",
    "CONTAINERS_CONF",
    "CONTAINERS_CONF_OVERRIDE",
    "STORAGE_DRIVER",
    "STORAGE_OPTS",
  ],
]);

const runtimeOf = (program: string) =>
  (["podman", "docker"] as const).find((name) => name === posix.basename(program));

/** @returns undefined if it is none */
export function runtimeCommand(argv: readonly string[]): RuntimeCommand | undefined {
  const { words, variables, ...line } = commandLine(argv);
  // An unknown program may well start what stands behind it.
  const at = words.findIndex(
    (word, index) => runtimeOf(word) && (index === 0 || words.includes("run", index)),
  );
  const runtime = runtimeOf(words[at] ?? "");
  if (runtime === undefined) return undefined;
  const before = line.unclear ?? (at === 0 ? undefined : words[0]);
  const { options, behind, unclear = before } = optionsOf(words.slice(at + 1), GLOBAL[runtime]);
  const [command = "", ...inner] = behind[0] === "container" ? behind.slice(1) : behind;
  const elsewhere = [...options.map(([name]) => name), ...variables].find((each) => ELSEWHERE.has(each));
  return {
    ...{ runtime, command, words: inner },
    ...(line.user !== undefined && { user: line.user }),
    ...(elsewhere !== undefined && { elsewhere }),
    ...(unclear !== undefined && { unclear }),
  };
}
