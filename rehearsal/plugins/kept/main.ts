import { CommandPlugin } from "../command/plugin";
import { servePlugins } from "../grpc/serve";
import { TerraformProviderPlugin } from "../terraform-provider/plugin";

/*
 * All stand-ins of plugins in one process, for the runs of one rehearsal. It prints the port of each by its name, as JSON, and ends with its
 * standard input. Where it is not as the real ones: it has the environment of the rehearsal, and what an engine began goes on when the engine
 * is killed.
 */
async function main(): Promise<void> {
  const [command, terraform] = await Promise.all([
    servePlugins(() => new CommandPlugin()),
    servePlugins(() => new TerraformProviderPlugin()),
  ]);
  process.stdout.write(
    `${JSON.stringify({ command: command.port, "terraform-provider": terraform.port })}\n`,
  );
  process.stdin.resume().once("end", () => process.exit(0));
}

void main();
