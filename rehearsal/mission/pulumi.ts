import type { ChildProcess } from "node:child_process";
import { copyFile, readdir } from "node:fs/promises";
import { join } from "node:path";
import { startPulumi } from "../../systems/pulumi/run";

/** Counts of a run's operations, as `pulumi` reports them. */
export interface Changes {
  readonly create: number;
  readonly update: number;
  readonly replace: number;
  readonly delete: number;
  readonly same: number;
}

export interface PulumiOptions {
  /** Folder of Pulumi.yaml. */
  readonly project: string;
  /** Folder for everything that the CLI writes: its home, the state, the stack's settings. */
  readonly folder: string;
  readonly stack: string;
  /** Policies that previews and deploys must pass, with the file of their settings. */
  readonly policies?: { readonly pack: string; readonly settings: string };
  /** Added to the environment of the CLI. */
  readonly environment: Readonly<Record<string, string>>;
  /** Receives every line of the CLI's output. */
  readonly write: (text: string) => void;
  /** Awaited before each deploy. */
  readonly beforeUp?: (pulumi: Pulumi) => Promise<void>;
}

/** The CLI exited with another status than 0. Its output was shown as it came. */
export class PulumiFailed extends Error {
  override readonly name = "PulumiFailed";

  constructor(
    readonly command: string,
    readonly status: number | null,
    readonly output: string,
  ) {
    super(`pulumi ${command} ended with status ${status ?? "none (a signal)"}; its own messages are above`);
  }
}

/** The real Pulumi CLI with a file backend of its own, so that a rehearsal never meets the user's stacks. */
export class Pulumi {
  private running: Promise<unknown> = Promise.resolve();
  private child: ChildProcess | undefined;
  private ended = false;

  constructor(private readonly options: PulumiOptions) {}

  get configFile(): string {
    return join(this.options.folder, `Pulumi.${this.options.stack}.yaml`);
  }

  get project(): string {
    return this.options.project;
  }

  /** A deploy that the policies may stop, as in `npm run up`. */
  async up(...flags: string[]): Promise<Changes> {
    await this.options.beforeUp?.(this);
    return this.counted("up", ["--yes", "--skip-preview", ...this.policies(), ...flags]);
  }

  async upWithoutPolicies(): Promise<Changes> {
    await this.options.beforeUp?.(this);
    return this.counted("up", ["--yes", "--skip-preview"]);
  }

  /** A preview that fails when it finds a difference. */
  async previewWithoutChanges(): Promise<Changes> {
    return this.counted("preview", ["--expect-no-changes", ...this.policies()]);
  }

  /** The same after reading every system: what a drift job runs. */
  async refreshedPreviewWithoutChanges(): Promise<Changes> {
    return this.counted("preview", ["--refresh", "--expect-no-changes", ...this.policies()]);
  }

  async preview(...flags: string[]): Promise<Changes> {
    return this.counted("preview", ["--diff", ...this.policies(), ...flags]);
  }

  /** A preview whose plan goes into a file, and its steps into the output as JSON; fails when it finds a difference. */
  async savePlanWithoutChanges(file: string): Promise<void> {
    const { stack } = this.options;
    const output = ["--json", "--save-plan", file, "--expect-no-changes"];
    await this.run([
      "preview",
      ...output,
      "--stack",
      stack,
      "--config-file",
      this.configFile,
      ...this.policies(),
    ]);
  }

  async destroy(): Promise<Changes> {
    return this.counted("destroy", ["--yes", "--skip-preview"]);
  }

  /** Takes a resource and what rests on it out of the state, and leaves what they stand for. */
  async forget(urn: string): Promise<void> {
    const flags = ["--force", "--yes", "--target-dependents", "--stack", this.options.stack];
    await this.run(["state", "delete", ...flags, urn], { quiet: true });
  }

  /** The state with its secrets as they are kept, encrypted; in clear with `--show-secrets`. */
  exportState(...flags: string[]): Promise<string> {
    return this.run(["stack", "export", "--stack", this.options.stack, ...flags], { quiet: true });
  }

  /**
   * What the engine logged in the first run on the stack, as far as the CLI shows it: 3.250.0 ends with an error at a line of
   * more than 64 KiB.
   */
  async firstLog(): Promise<string> {
    const folder = join(this.options.folder, "pulumi-home", "logs");
    const [first = ""] = (await readdir(folder)).filter((name) => name.startsWith("organization+")).sort();
    const shown = this.run(["logs", "decrypt", join(folder, first)], { quiet: "always" });
    return shown.catch((error: unknown) => {
      if (error instanceof PulumiFailed) return error.output;
      throw error;
    });
  }

  /**
   * Makes the stack. The CLI writes the salt of the stack's secrets into the settings file of the project where it runs, so
   * it runs in a copy, beside the settings file that all the other commands are given.
   */
  async init(): Promise<void> {
    const { folder, project, stack } = this.options;
    await copyFile(join(project, "Pulumi.yaml"), join(folder, "Pulumi.yaml"));
    await this.run(["stack", "init", stack], { quiet: true, cwd: folder });
  }

  /** Ends what runs, as Ctrl-C would, and waits for it. */
  async interrupt(): Promise<void> {
    this.child?.kill("SIGINT");
    await this.running.catch(() => undefined);
  }

  /** As interrupt, for good: nothing is begun any more. */
  async end(): Promise<void> {
    this.ended = true;
    await this.interrupt();
  }

  /** Drops the lock of a run that was killed. Its stack's state is that of its last step. */
  async dropLock(): Promise<void> {
    await this.run(["cancel", "--yes", "--stack", this.options.stack], { quiet: true });
  }

  private policies(): string[] {
    const { policies } = this.options;
    return policies ? ["--policy-pack", policies.pack, "--policy-pack-config", policies.settings] : [];
  }

  private async counted(command: string, flags: string[]): Promise<Changes> {
    const { stack } = this.options;
    const output = await this.run([
      command,
      ...flags,
      "--stack",
      stack,
      "--config-file",
      this.configFile,
      "--suppress-permalink=true",
    ]);
    return countChanges(output);
  }

  private run(
    args: string[],
    { quiet = false, cwd = this.options.project }: { quiet?: boolean | "always"; cwd?: string } = {},
  ): Promise<string> {
    const { write } = this.options;
    if (this.ended) return Promise.reject(new Error("the rehearsal is ending"));
    const shown = quiet === false ? { write } : {};
    const { child, ended } = startPulumi(args, { cwd, environment: this.environment, ...shown });
    this.child = child;
    const output = ended.then((ran) => {
      this.child = undefined;
      if (ran.status === 0) return ran.output;
      if (quiet === true) write(ran.output);
      throw new PulumiFailed(args[0] ?? "", ran.status, ran.output);
    });
    this.running = output;
    return output;
  }

  get stack(): string {
    return this.options.stack;
  }

  /** What the CLI, and commands that ask it, find the stack and its secrets by. */
  get environment(): NodeJS.ProcessEnv {
    const { folder, environment } = this.options;
    return {
      ...withoutOperators(process.env),
      PULUMI_HOME: join(folder, "pulumi-home"),
      PULUMI_BACKEND_URL: `file://${join(folder, "state")}`,
      PULUMI_CONFIG_PASSPHRASE: "rehearsal",
      PULUMI_SKIP_UPDATE_CHECK: "true",
      PULUMI_SUPPRESS_NEO_LINK: "true",
      PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION: "true",
      ...environment,
    };
  }
}

/** What opens the operator's own 1Password, Authentik and hosts has no business here, and would win over the settings. */
export function withoutOperators(environment: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const own = Object.entries(environment).filter(
    ([name]) => !/^(OP_|AUTHENTIK_|FORGEJO_|SSH_AUTH_SOCK$)/.test(name),
  );
  return Object.fromEntries(own);
}

const OPERATIONS: Readonly<Record<string, keyof Changes>> = {
  create: "create",
  update: "update",
  replace: "replace",
  delete: "delete",
  unchanged: "same",
};

/**
 * Counts from the block that the CLI ends with, e.g. `+ 33 created` or `~ 2 to update`. Its event log would be made for
 * this, but holds secrets in clear (measured with 3.250.0).
 */
export function countChanges(output: string): Changes {
  const block = /\nResources:\n((?:[ \t]+\S.*\n)+)/.exec(output)?.[1];
  if (block === undefined) throw new Error("pulumi's output ends without a summary of its resources");
  const changes = { create: 0, update: 0, replace: 0, delete: 0, same: 0 };
  for (const [, count, word] of block.matchAll(/(\d+) (?:to )?(create|update|replace|delete|unchanged)/g)) {
    const operation = OPERATIONS[word ?? ""];
    if (operation) changes[operation] = Number(count);
  }
  return changes;
}
