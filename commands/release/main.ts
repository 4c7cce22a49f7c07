import { pulumi } from "../../systems/pulumi/cli";
import { parse, runMain, say, siteOf, stackCommand, type StackOptions } from "../shared/command-line";
import { heldBy } from "../../systems/pulumi/state";
import { columns } from "../shared/columns";

const line = stackCommand(
  "release",
  "[--yes] [--config-file FILE]",
  "Shows what the stack holds. With --yes it removes all of it from the state, and leaves every system as it is.",
  {
    0: "it is shown, or removed from the state",
    1: "the state is as it was; the reason is on standard error",
  },
).option("--yes", "remove it from the state");

async function main(): Promise<undefined> {
  const { options } = parse<StackOptions & { readonly yes?: true }>(line);
  const at = siteOf(options);
  const held = await heldBy(at);
  if (held.length === 0) {
    say(["The stack holds nothing."]);
    return;
  }
  process.stdout.write(columns(held.map(({ name, type, id }) => [name, type, id])));
  if (options.yes !== true) {
    say(["Nothing was changed. With --yes the stack lets go of these; they all stay as they are."]);
    return;
  }
  await pulumi(at, ["state", "delete", "--all", "--force", "--yes"]);
  say([
    "The stack holds nothing any more, and no system was touched. Nobody renews CI's key from here on: it works until its end.",
    "`npm run adopt` takes everything back, and the pushers' keys with it: that of each one's `from`, else that in the stack's own item.",
  ]);
}

runMain("release", main, { failed: 1 });
