import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { z } from "zod";

/** By the names of the plugins. */
export type Ports = Readonly<z.infer<typeof ports>>;

const ports = z.strictObject({ command: z.number(), "terraform-provider": z.number() });

export interface KeptPlugins {
  readonly ports: Ports;
  stop(): Promise<void>;
}

/**
 * Starts the stand-ins of all plugins in one process that outlives the runs of the CLI: a run would start three, which took a fifth of its
 * CPU time. See kept/main.ts.
 *
 * @param environment the one that the engine would start them in
 */
export async function keepPlugins(environment: NodeJS.ProcessEnv): Promise<KeptPlugins> {
  const child = spawn(process.execPath, [join(__dirname, "launch.cjs"), "kept"], {
    env: environment,
    stdio: ["pipe", "pipe", "pipe"],
  });
  const said = text(child.stderr);
  const ended = once(child, "close");
  const line = await new Promise<string>((resolve, reject) => {
    child.stdout.once("data", (chunk: Buffer) => resolve(chunk.toString()));
    child.once("error", reject);
    child.once("close", () => void said.then((why) => reject(new Error(`no plugin was started: ${why}`))));
  });
  return {
    ports: ports.parse(JSON.parse(line)),
    stop: async () => {
      child.stdin.end();
      await ended;
    },
  };
}
