import { spawn } from "node:child_process";
import { join } from "node:path";
import type { Pulumi } from "./pulumi";
import type { MissionOptions } from "./stack";

/**
 * Runs one of this project's own commands on a stack, as `npm run` would.
 *
 * @param program from the project's folder
 * @returns what it printed
 * @throws Error with all of it where it failed
 */
export function runCommand(
  { project, write }: MissionOptions,
  pulumi: Pick<Pulumi, "configFile" | "environment" | "stack">,
  program: string,
  flags: readonly string[],
): Promise<string> {
  const loader = join(project, "tools/start/transpile.cjs");
  const args = ["--require", loader, join(project, program), "--stack", pulumi.stack];
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [...args, "--config-file", pulumi.configFile, ...flags], {
      cwd: project,
      env: pulumi.environment,
      stdio: ["ignore", "pipe", "pipe"],
    });
    let output = "";
    const take = (chunk: Buffer) => {
      output += chunk.toString();
      write(chunk.toString());
    };
    child.stdout.on("data", take);
    child.stderr.on("data", take);
    child.on("error", reject);
    child.on("close", (status) => {
      if (status === 0) resolve(output);
      else reject(new Error(`${program} ended with status ${status ?? "none (a signal)"}:\n${output}`));
    });
  });
}
