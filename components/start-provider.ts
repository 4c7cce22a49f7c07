import * as pulumi from "@pulumi/pulumi";
import { START } from "../systems/pulumi/types";

/**
 * Has the engine start this project's provider while the program still asks other systems. Otherwise the engine starts it for the first
 * resource, which then waits for it.
 */
export function startProvider(): void {
  // What prevents a start fails the first resource as well, with the engine's own message.
  pulumi.runtime.invoke(START, {}).catch(() => undefined);
}
