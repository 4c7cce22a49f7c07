import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { copyFileSync, mkdirSync } from "node:fs";
import { join, resolve } from "node:path";

const PROGRAM = resolve(__dirname, "../program");
export const STACK = "team";

export interface Ended {
  readonly status: number | null;
  readonly output: string;
}

export interface Running {
  readonly pid: number;
  readonly ended: Promise<Ended>;
  /** As when a runner is switched off: the CLI, the program and all plugins at once. */
  kill(): void;
}

/** Somebody who works on the stack: a person's laptop or a job's container, with a home of its own and the state in common. */
export class Member {
  private readonly home: string;

  constructor(
    private readonly folder: string,
    name: string,
    private readonly environment: Readonly<Record<string, string>>,
  ) {
    this.home = join(folder, name);
    mkdirSync(this.home);
  }

  /** The stack's settings file, which the members share as they share the repository. */
  private get settings(): string {
    return join(this.folder, `Pulumi.${STACK}.yaml`);
  }

  async init(): Promise<void> {
    copyFileSync(join(PROGRAM, "Pulumi.yaml"), join(this.folder, "Pulumi.yaml"));
    const { status, output } = await this.start(["stack", "init", STACK], {}, this.folder).ended;
    if (status !== 0) throw new Error(output);
  }

  /** @param names of the secrets that the stack shall hold. */
  up(names: readonly string[]): Running {
    const flags = ["--yes", "--skip-preview", "--stack", STACK, "--config-file", this.settings];
    return this.start(["up", ...flags], { SECRET_NAMES: names.join(",") });
  }

  /** Any command on the stack, as a job of CI runs it; the stack's program is told the names. */
  run(args: readonly string[], names: readonly string[]): Running {
    const onStack = args[0] === "up" || args[0] === "refresh" ? ["--config-file", this.settings] : [];
    return this.start([...args, ...onStack], { SECRET_NAMES: names.join(",") });
  }

  preview(names: readonly string[]): Promise<Ended> {
    const flags = ["--stack", STACK, "--config-file", this.settings];
    return this.start(["preview", ...flags], { SECRET_NAMES: names.join(",") }).ended;
  }

  cancel(): Promise<Ended> {
    return this.start(["cancel", "--yes", "--stack", STACK]).ended;
  }

  /** Drops what a killed run had begun to create; all that it did create is found again by the next `up`. */
  clearPending(): Promise<Ended> {
    const flags = ["--yes", "--skip-preview", "--stack", STACK, "--config-file", this.settings];
    return this.start(["refresh", "--clear-pending-creates", ...flags]).ended;
  }

  async exportState(): Promise<State> {
    const { output } = await this.start(["stack", "export", "--stack", STACK]).ended;
    return JSON.parse(output) as State;
  }

  /** As if the database had been lost: the stack is forgotten, all that it made stays. */
  loseState(): Promise<Ended> {
    return this.start(["stack", "rm", "--yes", "--force", "--preserve-config", "--stack", STACK]).ended;
  }

  importState(file: string): Promise<Ended> {
    return this.start(["stack", "import", "--file", file, "--stack", STACK]).ended;
  }

  /** Asks who works on the backend of that URL. */
  whoAmI(backend: string): Promise<Ended> {
    return this.start(["whoami"], { PULUMI_BACKEND_URL: backend }).ended;
  }

  private start(args: string[], more: Record<string, string> = {}, cwd = PROGRAM): Running {
    const child = spawn("pulumi", [...args, "--non-interactive", "--color", "never"], {
      cwd,
      detached: true,
      env: { ...this.environment, ...more, PATH: process.env.PATH, HOME: this.home, PULUMI_HOME: this.home },
      stdio: ["ignore", "pipe", "pipe"],
    });
    const { pid } = child;
    if (pid === undefined) throw new Error("pulumi is not on PATH");
    return { pid, ended: endOf(child), kill: () => process.kill(-pid, "SIGKILL") };
  }
}

export interface State {
  readonly deployment: {
    readonly resources: readonly { readonly type: string; readonly id?: string }[];
    readonly pending_operations?: readonly unknown[];
  };
}

async function endOf(child: ChildProcess): Promise<Ended> {
  let output = "";
  for (const stream of [child.stdout, child.stderr])
    stream?.on("data", (chunk: Buffer) => (output += chunk.toString()));
  const [status] = (await once(child, "close")) as [number | null];
  return { status, output };
}
