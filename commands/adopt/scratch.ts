import { rmSync } from "node:fs";
import { copyFile, mkdir, mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parse } from "yaml";
import { z } from "zod";
import { pulumi, type StackLocation } from "../../systems/pulumi/cli";
import { endPulumi } from "../../systems/pulumi/run";
import { importState } from "../../systems/pulumi/state";
import { type Deployment, resourcesOf } from "../../systems/pulumi/deployment";

const settings = z.looseObject({ secretsprovider: z.string().optional() });

/** A copy of a stack's state in a temporary folder, to try an adoption in. */
export interface Scratch {
  readonly site: StackLocation;
  /** A file beside the copied state; removed with it. */
  file(name: string): string;
  remove(): Promise<void>;
}

/**
 * @param at the stack; it is not changed.
 * @param state its state
 */
export async function openScratch(at: StackLocation, state: Deployment): Promise<Scratch> {
  const folder = await mkdtemp(join(tmpdir(), "zot-access-adopt-"));
  const letGo = goneWithSignals(folder);
  const remove = async () => {
    await rm(folder, { recursive: true, force: true });
    letGo();
  };
  try {
    // Pulumi Cloud's stack names are organisation/project/stack; URNs contain only the last part.
    const stack = at.stack.split("/").at(-1) ?? at.stack;
    const configFile = join(folder, `Pulumi.${stack}.yaml`);
    await copyFile(join(at.project, "Pulumi.yaml"), join(folder, "Pulumi.yaml"));
    await copyFile(at.configFile ?? join(at.project, `Pulumi.${stack}.yaml`), configFile);
    await mkdir(join(folder, "state"));
    const environment = { ...at.environment, PULUMI_BACKEND_URL: `file://${join(folder, "state")}` };
    const site = { ...at, stack, configFile, environment };
    await copyState(state, { ...site, cwd: folder }, configFile);
    return { site, file: (name) => join(folder, name), remove };
  } catch (error) {
    await remove();
    throw error;
  }
}

const SIGNALS = ["SIGINT", "SIGTERM", "SIGHUP"] as const;

/**
 * Removes the folder when a signal ends this process, so that no copied state is left behind. The CLI, which writes there, is ended
 * first; the second signal kills it.
 *
 * @returns a function that removes the handlers
 */
function goneWithSignals(folder: string): () => void {
  let first = true;
  const letGo = () => {
    for (const signal of SIGNALS) process.off(signal, end);
  };
  const end = (signal: NodeJS.Signals) => {
    const ended = endPulumi(first ? signal : "SIGKILL");
    if (!first) return;
    first = false;
    void ended.finally(() => {
      rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
      letGo();
      process.kill(process.pid, signal);
    });
  };
  for (const signal of SIGNALS) process.on(signal, end);
  return letGo;
}

async function copyState(state: Deployment, to: StackLocation, configFile: string): Promise<void> {
  const { secretsprovider = "passphrase" } = settings.parse(parse(await readFile(configFile, "utf8")));
  // The copied settings file names the stack's own key, so the copy can be decrypted too.
  await pulumi(to, ["stack", "init", "--no-select", "--secrets-provider", secretsprovider]);
  if (resourcesOf(state).length > 0) await importState(to, state);
}
