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
  "Lists what the stack manages. With --yes it removes everything from the state and changes no system.",
  {
    0: "the resources were listed, or removed from the state",
    1: "the state was not changed; the reason is on standard error",
  },
).option("--yes", "remove it from the state");

async function main(): Promise<undefined> {
  const { options } = parse<StackOptions & { readonly yes?: true }>(line);
  const at = stackLocation(options);
  const held = await managedResources(at);
  if (held.length === 0) {
    printLines(["The stack is empty."]);
    return;
  }
  process.stdout.write(columns(held.map(({ name, type, id }) => [name, type, id])));
  if (options.yes !== true) {
    printLines(["Nothing was changed. With --yes these are removed from the state; no system is changed."]);
    return;
  }
  await pulumi(at, ["state", "delete", "--all", "--force", "--yes"]);
  printLines([
    "The state is empty now, and no system was changed. CI's key is no longer renewed: it works until it expires.",
    "`npm run adopt` adopts everything again, with each pusher's key: the one that `from` names, else the one in the stack's own item.",
  ]);
}

runMain("release", main, { failed: 1 });
