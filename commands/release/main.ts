import { pulumi } from "../../systems/pulumi/cli";
import {
  parse,
  runMain,
  printLines,
  stackLocation,
  stackCommand,
  type StackOptions,
} from "../shared/command-line";
import { managedResources } from "../../systems/pulumi/state";
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
  const at = stackLocation(options);
  const held = await managedResources(at);
  if (held.length === 0) {
    printLines(["The stack holds nothing."]);
    return;
  }
  process.stdout.write(columns(held.map(({ name, type, id }) => [name, type, id])));
  if (options.yes !== true) {
    printLines([
      "Nothing was changed. With --yes these are removed from the state; they all stay as they are.",
    ]);
    return;
  }
  await pulumi(at, ["state", "delete", "--all", "--force", "--yes"]);
  printLines([
    "The state holds nothing now, and no system was touched. CI's key is no longer renewed: it works until it expires.",
    "`npm run adopt` adopts everything again, with each pusher's key: the one that `from` names, else the one in the stack's own item.",
  ]);
}

runMain("release", main, { failed: 1 });
