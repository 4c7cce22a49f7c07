import { createHash } from "node:crypto";
import * as pulumi from "@pulumi/pulumi";

/** A short text that changes with each value. Not for secrets: it could be brute-forced. */
export function digest(values: pulumi.Input<unknown>[]): pulumi.Output<string> {
  return pulumi
    .output(values)
    .apply((known) => createHash("sha256").update(JSON.stringify(known)).digest("hex").slice(0, 16));
}
