import { existsSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { findExecutable } from "../../systems/pulumi/executables";
import { SetupError, since, type Progress } from "./progress";
import { run, signalsAfter, type RunResult } from "./run";

/** A program that the operating system provides, and the package that holds it, where its name is another. */
export interface SystemTool {
  program: string;
  debian?: string;
  fedora?: string;
  /** Where from on macOS: Homebrew, or the system as it ships; "none": the tests do without it there. */
  macos: "brew" | "shipped" | "none";
  /** "start" tools are needed by both commands, "test" tools by `npm test` alone. */
  neededBy: "start" | "test";
  /** Units that the package would start at every boot. */
  services?: string[];
}

export const systemTools: SystemTool[] = [
  {
    program: "sshd",
    debian: "openssh-server",
    fedora: "openssh-server",
    macos: "shipped",
    neededBy: "start",
    services: ["ssh.service", "ssh.socket"],
  },
  { program: "curl", macos: "shipped", neededBy: "start" },
  { program: "shellcheck", fedora: "ShellCheck", macos: "brew", neededBy: "test" },
  { program: "skopeo", macos: "brew", neededBy: "test" },
  { program: "dash", macos: "shipped", neededBy: "test" },
  { program: "busybox", macos: "none", neededBy: "test" },
  {
    program: "initdb",
    debian: "postgresql",
    fedora: "postgresql-server",
    macos: "none",
    neededBy: "test",
    services: ["postgresql.service"],
  },
];

const POSTGRES = "/usr/lib/postgresql";
const POLICY_FILE = "/usr/sbin/policy-rc.d";
const PACKAGE_LISTS = "/var/lib/apt/lists";

/** Where servers live that are not on an ordinary user's PATH; Debian keeps each version of PostgreSQL in a folder of its own. */
export function serverFolders(): string[] {
  const versions = existsSync(POSTGRES) ? readdirSync(POSTGRES).sort((a, b) => Number(b) - Number(a)) : [];
  return [
    ...["/usr/sbin", "/usr/local/sbin", "/sbin", "/opt/homebrew/sbin"],
    ...versions.map((version) => join(POSTGRES, version, "bin")),
  ];
}

/** `deploy` is for what works on the user's own stacks, and needs nothing of the rehearsal's. */
export type Task = "start" | "test" | "deploy";

/** The tools that the task needs on that platform and `has` does not find. */
export function missingTools(task: Task, platform: string, has: (program: string) => boolean): SystemTool[] {
  if (task === "deploy") return [];
  return systemTools
    .filter((tool) => tool.neededBy === "start" || task === "test")
    .filter((tool) => tool.macos !== "none" || platform !== "darwin")
    .filter((tool) => !has(tool.program));
}

/** What to type to get the tools, for each system that people run this on. */
export function installHint(tools: SystemTool[]): string {
  const commands: [string, string, string[]][] = [
    ["Debian, Ubuntu", "sudo apt-get install", tools.map(debianPackage)],
    ["Fedora", "sudo dnf install", tools.map((tool) => tool.fedora ?? tool.program)],
    ["macOS", "brew install", tools.filter((tool) => tool.macos === "brew").map((tool) => tool.program)],
  ];
  const lines = commands
    .filter(([, , packages]) => packages.length > 0)
    .map(([system, command, packages]) => `    ${system}: ${command} ${packages.join(" ")}`);
  return ["install what is missing, then run the same command again:", ...lines].join("\n");
}

function debianPackage(tool: SystemTool): string {
  return tool.debian ?? tool.program;
}

/** Makes the system's own programs available: installs them on Debian where this is root, else says what to do. */
export async function ensureSystemTools(task: Task, progress: Progress): Promise<void> {
  const missing = () =>
    missingTools(
      task,
      process.platform,
      (program) => findExecutable(program, pathOf(), serverFolders()) !== undefined,
    );
  const wanted = missing();
  if (wanted.length === 0) return;
  const named = wanted.map((tool) => tool.program).join(", ");
  const mayInstall = process.getuid?.() === 0 && existsSync("/etc/debian_version");
  if (!mayInstall) throw new SetupError(`not found on this machine: ${named}`, installHint(wanted));

  const began = Date.now();
  progress.say(`system packages: installing ${named} from Debian`);
  const result = await installFromDebian(wanted);
  const left = missing();
  if (left.length > 0) {
    const why = result.output.slice(-5).join("\n    ");
    throw new SetupError(
      `apt-get did not bring ${left.map((tool) => tool.program).join(", ")} (exit code ${result.code ?? "none"}):\n    ${why}`,
      installHint(left),
    );
  }
  progress.say(`system packages: installed in ${since(began)}`);
}

function pathOf(): string {
  return process.env.PATH ?? "";
}

/** One apt-get call for all; the package lists are fetched only if there are none or they turn out to be too old. */
async function installFromDebian(tools: SystemTool[]): Promise<RunResult> {
  const install = ["install", "--yes", "--no-install-recommends", ...tools.map(debianPackage)];
  const work = async () => {
    if (!hasPackageLists()) await aptGet(["update"]);
    const first = await aptGet(install);
    if (first.code === 0) return first;
    await aptGet(["update"]);
    return aptGet(install);
  };
  return signalsAfter(() =>
    withoutServiceStart(
      work,
      tools.flatMap(({ services = [] }) => services),
    ),
  );
}

function hasPackageLists(): boolean {
  return existsSync(PACKAGE_LISTS) && readdirSync(PACKAGE_LISTS).some((file) => file.includes("_Packages"));
}

function aptGet(args: string[]): Promise<RunResult> {
  // Another apt-get may hold dpkg's lock: wait for it, but not for ever.
  return run("apt-get", ["--quiet", "-o", "DPkg::Lock::Timeout=120", ...args], {
    env: { ...process.env, DEBIAN_FRONTEND: "noninteractive" },
  });
}

/**
 * The rehearsal and the tests start servers of their own; those that the packages bring shall not open a port on a
 * developer's machine, now or at the next boot. Debian's maintainer scripts ask policy-rc.d (exit code 101: forbidden)
 * before they start anything; one that is there already is the administrator's and stays in force.
 *
 * @param services units of servers that were not there before.
 */
async function withoutServiceStart<T>(work: () => Promise<T>, services: string[]): Promise<T> {
  const ours = !existsSync(POLICY_FILE);
  if (ours) writeFileSync(POLICY_FILE, "#!/bin/sh\nexit 101\n", { mode: 0o755 });
  try {
    const result = await work();
    if (services.length > 0 && findExecutable("systemctl", pathOf()) !== undefined) {
      await run("systemctl", ["disable", ...services]);
    }
    return result;
  } finally {
    if (ours) rmSync(POLICY_FILE, { force: true });
  }
}
