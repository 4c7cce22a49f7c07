import * as pulumi from "@pulumi/pulumi";

/**
 * Drops the debug messages of Pulumi's library. It sends four per resource to the engine, each as a request: two
 * thirds of all requests of a program. Only `--debug` shows them, which is refused: systems/pulumi/revealing.ts.
 */
export function dropDebugMessages(): void {
  Object.assign(pulumi.log, { debug: () => Promise.resolve() });
}
