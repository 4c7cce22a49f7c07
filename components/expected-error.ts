import * as pulumi from "@pulumi/pulumi";

/** What a fault in the code throws: there the stack is what one wants to see. */
const FAULTS = new Set(["EvalError", "RangeError", "ReferenceError", "SyntaxError", "TypeError", "URIError"]);

/**
 * An error as Pulumi should show it. Those that say themselves what is wrong and what to do come alone: Pulumi would print
 * them as an unhandled exception, with the stack and each property once more.
 */
export function asShown(error: unknown): unknown {
  if (!(error instanceof Error) || FAULTS.has(error.name) || pulumi.ResourceError.isInstance(error))
    return error;
  return new pulumi.RunError(error.message);
}
