import * as grpc from "@grpc/grpc-js";
import { ResourceProviderService } from "@pulumi/pulumi/proto/provider_grpc_pb";
import type { Plugin } from "../plugin";
import { serviceForEach, serviceOf } from "./service";

/** The engine sends states whole; @pulumi/pulumi allows its own servers as much. */
const MAXIMUM_MESSAGE_BYTES = 400 * 1024 * 1024;

interface Served {
  /** On 127.0.0.1. */
  readonly port: number;
  readonly stop: () => void;
}

export function servePlugin(plugin: Plugin, engineAddress?: string): Promise<Served> {
  return serve(serviceOf(plugin, engineAddress));
}

/** Each engine that connects has a plugin of its own. */
export function servePlugins(make: () => Plugin): Promise<Served> {
  return serve(serviceForEach(make));
}

async function serve(service: grpc.UntypedServiceImplementation): Promise<Served> {
  const server = new grpc.Server({ "grpc.max_receive_message_length": MAXIMUM_MESSAGE_BYTES });
  server.addService(ResourceProviderService, service);
  const port = await new Promise<number>((resolve, reject) => {
    server.bindAsync("127.0.0.1:0", grpc.ServerCredentials.createInsecure(), (error, bound) => {
      if (error) reject(error);
      else resolve(bound);
    });
  });
  return { port, stop: () => server.forceShutdown() };
}

/** Runs as a plugin process: the engine reads the port from the first line, and gives its own address as an argument. */
export async function runPlugin(plugin: Plugin): Promise<void> {
  const engineAddress = process.argv.slice(2).find((argument) => !argument.startsWith("-"));
  const { port } = await servePlugin(plugin, engineAddress);
  process.stdout.write(`${port}\n`);
}
