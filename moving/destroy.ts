import { spawn } from "node:child_process";
import { openStack } from "../stack";
import { cliEnvironment } from "../stack/pulumi";
import type { Site } from "./cli";
import { parseCommand, runMain, say } from "./command";
import { consequences, protectedOnes } from "./consequences";
import { heldBy } from "./resources";

const USAGE = `npm run destroy -- --stack NAME [--yes] [--config-file FILE]

  Says what will stop working for whom. With --yes it then runs pulumi destroy.`;

async function main(): Promise<void> {
  const { at, given } = parseCommand(USAGE, ["yes"]);
  const { settings } = await openStack(at);
  const held = await heldBy(at);
  const lines = consequences(settings, held);
  say(
    held.length === 0
      ? ["The stack holds nothing."]
      : ["When this stack is destroyed:", ...lines.map((line) => `  - ${line}`)],
  );
  const kept = protectedOnes(held);
  if (kept.length > 0) {
    throw new Error(
      `nothing was changed: ${kept.join(", ")} are protected. Set authentik.protect to false, run pulumi up, then this again`,
    );
  }
  if (!given.has("yes"))
    say([
      "Nothing was changed. With --yes pulumi destroy begins; `npm run release` lets go without touching anything.",
    ]);
  else if (held.length > 0) process.exitCode = await destroy(at);
}

/** In the foreground: it takes a while, and says what it does. */
function destroy({ configFile, environment, project, stack }: Site): Promise<number> {
  const file = configFile === undefined ? [] : ["--config-file", configFile];
  const args = ["destroy", "--yes", "--skip-preview", "--stack", stack, ...file];
  return new Promise((resolve, reject) => {
    const child = spawn("pulumi", args, { cwd: project, env: cliEnvironment(environment), stdio: "inherit" });
    child.on("error", reject);
    child.on("close", (code) => resolve(code ?? 1));
  });
}

runMain("destroy", main);
