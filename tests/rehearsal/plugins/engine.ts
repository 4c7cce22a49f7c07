import * as grpc from "@grpc/grpc-js";
import { ResourceProviderClient } from "@pulumi/pulumi/proto/provider_grpc_pb";
import * as proto from "@pulumi/pulumi/proto/provider_pb";
import { Struct } from "google-protobuf/google/protobuf/struct_pb";
import { servePlugin } from "../../../rehearsal/plugins/grpc/serve";
import type { Plugin } from "../../../rehearsal/plugins/plugin";

export type Wire = Record<string, unknown>;
class Refused extends Error {
  constructor(
    message: string,
    readonly code: grpc.status,
  ) {
    super(message);
  }
}
type Callback = (error: grpc.ServiceError | null, response: never) => void;

/** Asks a plugin over gRPC what the engine would ask it. */
export class Engine {
  private constructor(
    private readonly client: ResourceProviderClient,
    readonly stop: () => void,
  ) {}

  static async with(plugin: Plugin): Promise<Engine> {
    const { port, stop } = await servePlugin(plugin);
    return Engine.at(port, stop);
  }

  /** Another engine with each call, as in another run of the CLI. */
  static at(port: number, stop?: () => void): Engine {
    const client = new ResourceProviderClient(`127.0.0.1:${port}`, grpc.credentials.createInsecure(), {
      "grpc.use_local_subchannel_pool": 1,
    });
    return new Engine(client, () => {
      client.close();
      stop?.();
    });
  }

  /** Tells the plugin where the engine itself is. @returns the code of the refusal */
  async handshake(engineAddress: string): Promise<number | undefined> {
    const request = new proto.ProviderHandshakeRequest().setEngineAddress(engineAddress);
    return this.ask("handshake", request).then(
      () => undefined,
      (error: unknown) => (error as Refused).code,
    );
  }

  async parameterize(name: string, version: string, value: string) {
    const parameters = new proto.ParameterizeRequest.ParametersValue()
      .setName(name)
      .setVersion(version)
      .setValue(value);
    const response = await this.ask<proto.ParameterizeResponse>(
      "parameterize",
      new proto.ParameterizeRequest().setValue(parameters),
    );
    return { name: response.getName(), version: response.getVersion() };
  }

  async checkConfig(news: Wire) {
    return checked(await this.ask("checkConfig", new proto.CheckRequest().setNews(struct(news))));
  }

  async configure(args: Wire): Promise<void> {
    await this.ask("configure", new proto.ConfigureRequest().setArgs(struct(args)));
  }

  async check(type: string, news: Wire, olds: Wire = {}) {
    const request = new proto.CheckRequest()
      .setUrn(urnOf(type))
      .setNews(struct(news))
      .setOlds(struct(olds))
      .setRandomseed(Uint8Array.from([0xab, 0xcd, 0xef, 0x01, 0x23]));
    return checked(await this.ask("check", request));
  }

  async diff(type: string, olds: Wire, news: Wire, oldInputs: Wire = {}) {
    const request = new proto.DiffRequest()
      .setId("id")
      .setUrn(urnOf(type))
      .setOlds(struct(olds))
      .setNews(struct(news))
      .setOldInputs(struct(oldInputs));
    const response = await this.ask<proto.DiffResponse>("diff", request);
    return { changed: response.getDiffsList().sort(), replaces: response.getReplacesList() };
  }

  async create(type: string, properties: Wire, preview = false) {
    const request = new proto.CreateRequest()
      .setUrn(urnOf(type))
      .setProperties(struct(properties))
      .setPreview(preview);
    const response = await this.ask<proto.CreateResponse>("create", request);
    return { id: response.getId(), outputs: propertiesOf(response.getProperties()) };
  }

  async read(type: string, id: string, state: Wire = {}, inputs: Wire = {}) {
    const request = new proto.ReadRequest()
      .setId(id)
      .setUrn(urnOf(type))
      .setProperties(struct(state))
      .setInputs(struct(inputs));
    const response = await this.ask<proto.ReadResponse>("read", request);
    return {
      id: response.getId(),
      outputs: propertiesOf(response.getProperties()),
      inputs: propertiesOf(response.getInputs()),
    };
  }

  async update(type: string, id: string, olds: Wire, news: Wire, preview = false): Promise<Wire> {
    const request = new proto.UpdateRequest()
      .setId(id)
      .setUrn(urnOf(type))
      .setOlds(struct(olds))
      .setNews(struct(news))
      .setPreview(preview);
    return propertiesOf((await this.ask<proto.UpdateResponse>("update", request)).getProperties());
  }

  async delete(type: string, id: string, state: Wire): Promise<void> {
    await this.ask(
      "delete",
      new proto.DeleteRequest().setId(id).setUrn(urnOf(type)).setProperties(struct(state)),
    );
  }

  async invoke(token: string, args: Wire) {
    const request = new proto.InvokeRequest().setTok(token).setArgs(struct(args));
    const response = await this.ask<proto.InvokeResponse>("invoke", request);
    return {
      result: propertiesOf(response.getReturn()),
      failures: response.getFailuresList().map((failure) => failure.getReason()),
    };
  }

  private ask<T>(method: string, request: unknown): Promise<T> {
    const call = (this.client as unknown as Record<string, (request: unknown, done: Callback) => void>)[
      method
    ];
    return new Promise((resolve, reject) => {
      call?.call(this.client, request, (error, response) => {
        if (error) reject(new Refused(error.details, error.code));
        else resolve(response);
      });
    });
  }
}

function urnOf(type: string): string {
  return `urn:pulumi:stack::project::zot-access:index:Parent$${type}::name`;
}

function checked(response: proto.CheckResponse) {
  return {
    inputs: propertiesOf(response.getInputs()),
    failures: response.getFailuresList().map((failure) => `${failure.getProperty()}: ${failure.getReason()}`),
  };
}

function struct(properties: Wire): Struct {
  return Struct.fromJavaScript(properties as Parameters<typeof Struct.fromJavaScript>[0]);
}

function propertiesOf(found: Struct | undefined): Wire {
  return found?.toJavaScript() ?? {};
}
