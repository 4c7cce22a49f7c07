import * as grpc from "@grpc/grpc-js";
import { EngineClient } from "@pulumi/pulumi/proto/engine_grpc_pb";
import * as proto from "@pulumi/pulumi/proto/engine_pb";
import type { Log, Subject } from "../plugin";

const SEVERITIES = {
  info: proto.LogSeverity.INFO,
  warning: proto.LogSeverity.WARNING,
  error: proto.LogSeverity.ERROR,
};

/** Sends messages to the engine, which shows them; without an engine (in tests) they go nowhere. */
export class EngineLog {
  private client: EngineClient | undefined;

  constructor(address: string | undefined) {
    if (address) this.attach(address);
  }

  attach(address: string): void {
    this.client = new EngineClient(address, grpc.credentials.createInsecure());
  }

  of({ urn }: Subject): Log {
    return this.about(urn);
  }

  ofStack(): Log {
    return this.about("");
  }

  private about(urn: string): Log {
    return (severity, message, ephemeral) => {
      const request = new proto.LogRequest()
        .setSeverity(SEVERITIES[severity])
        .setMessage(message)
        .setUrn(urn)
        .setEphemeral(ephemeral);
      // A message that cannot be shown must not fail what it was about.
      this.client?.log(request, () => undefined);
    };
  }
}
