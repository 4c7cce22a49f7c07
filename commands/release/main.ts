import { pulumi } from "../../systems/pulumi/cli";
import { parseCommand, runMain, say } from "../shared/command-line";
import { heldBy } from "../../systems/pulumi/state";
import { columns } from "../shared/columns";

const USAGE = `npm run release -- --stack NAME [--yes] [--config-file FILE]

  Shows what the stack holds. With --yes it lets go of all of it: the state is empty then, and every system is as it was.`;

async function main(): Promise<void> {
  const { at, given } = parseCommand(USAGE, ["yes"]);
  const held = await heldBy(at);
  if (held.length === 0) {
    say(["The stack holds nothing."]);
    return;
  }
  process.stdout.write(columns(held.map(({ name, type, id }) => [name, type, id])));
  if (!given.has("yes")) {
    say(["Nothing was changed. With --yes the stack lets go of these; they all stay as they are."]);
    return;
  }
  await pulumi(at, ["state", "delete", "--all", "--force", "--yes"]);
  say([
    "The stack holds nothing any more, and no system was touched. Nobody renews CI's key from here on: it works until its end.",
    "`npm run adopt` takes everything back, and CI's key with it: that of ciCredential.from, else that in the stack's own item.",
  ]);
}

runMain("release", main);
