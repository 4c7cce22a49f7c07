import * as pulumi from "@pulumi/pulumi";

/** Errors from bugs in the code: here the stack trace is useful. */
const FAULTS = new Set(["EvalError", "RangeError", "ReferenceError", "SyntaxError", "TypeError", "URIError"]);

/**
 * An error as Pulumi should show it. Errors with a message for users are shown alone: Pulumi would print them as an
 * unhandled exception, with the stack trace and every property.
 */
export function asShown(error: unknown): unknown {
  if (!(error instanceof Error) || FAULTS.has(error.name) || pulumi.ResourceError.isInstance(error))
    return error;
  return new pulumi.RunError(error.message);
}
