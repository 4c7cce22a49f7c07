import { runtime } from "@pulumi/pulumi";
import * as engine from "@pulumi/pulumi/proto/engine_pb";
import type { LogMessage } from "../systems/log-message";
import { printableLines } from "../systems/text";

const SEVERITIES = { info: engine.LogSeverity.INFO, warning: engine.LogSeverity.WARNING };

/**
 * Messages to the engine, under the resource that they concern.
 *
 * @param address the engine's address, which it passes to a plugin as the last argument; without one the messages are
 * dropped.
 */
export function engineLog(address: string | undefined): (urn: string) => LogMessage {
  // The runtime's connection serves the log of programs, and of a plugin once it knows the engine's address.
  runtime.resetOptions("", "", -1, address ?? "", "", false, "");
  return (urn) => (severity, message) =>
    new Promise((resolve) => {
      const connection = runtime.getEngine();
      if (!connection) {
        resolve();
        return;
      }
      const request = new engine.LogRequest()
        .setSeverity(SEVERITIES[severity])
        .setMessage(printableLines(message))
        .setUrn(urn);
      // A message that cannot be shown must not fail the operation.
      connection.log(request, () => resolve());
    });
}
