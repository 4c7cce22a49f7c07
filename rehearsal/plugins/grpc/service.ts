import {
  type sendUnaryData,
  type ServerUnaryCall,
  status,
  type UntypedServiceImplementation,
} from "@grpc/grpc-js";
import * as pluginProto from "@pulumi/pulumi/proto/plugin_pb";
import * as proto from "@pulumi/pulumi/proto/provider_pb";
import type { CheckFailure, Plugin, Subject } from "../plugin";
import { detailOf } from "./difference";
import { EngineLog } from "./engine-log";
import { empty, fromStruct, toStruct } from "./structs";
import { receive, remark, type Received } from "./wire";
import { messageOf } from "../../../systems/text";

type Handle = (request: never) => unknown;
type Unary = (call: ServerUnaryCall<unknown, unknown>, callback: sendUnaryData<unknown>) => void;

/**
 * Pulumi's ResourceProvider service over a plugin. @pulumi/pulumi's own server is not used: it has no hooks for
 * CheckConfig and Configure, does not say whether a create is a preview, and loads the whole SDK.
 */
export function serviceOf(plugin: Plugin, engineAddress: string | undefined): Record<string, Unary> {
  const log = new EngineLog(engineAddress);
  const marked = (type: string, properties: Record<string, unknown>, secrets: Received["secrets"]) =>
    toStruct(remark(plugin.markSecrets(type, properties), secrets));

  const handlers: Record<string, Handle> = {
    getPluginInfo: () => new pluginProto.PluginInfo().setVersion(plugin.version),
    attach: (request: pluginProto.PluginAttach) => {
      log.attach(request.getAddress());
      return empty();
    },
    // The real ones leave it unanswered as well. A plugin that the engine did not start knows its address from here alone.
    handshake: (request: proto.ProviderHandshakeRequest) => {
      log.attach(request.getEngineAddress());
      throw Object.assign(new Error("Handshake is not yet implemented"), { code: status.UNIMPLEMENTED });
    },
    cancel: empty,
    getSchema: () => new proto.GetSchemaResponse().setSchema(plugin.schema()),

    parameterize: (request: proto.ParameterizeRequest) => {
      const value = request.getValue();
      if (!value || !plugin.parameterize)
        throw new Error("this plugin takes its package from a generated SDK only");
      const served = plugin.parameterize(value.getName(), value.getVersion(), value.getValue_asU8());
      return new proto.ParameterizeResponse().setName(served.name).setVersion(served.version);
    },

    checkConfig: (request: proto.CheckRequest) => {
      const { values, secrets } = receive(fromStruct(request.getNews()));
      const { inputs, failures } = plugin.checkConfig(values);
      return checkResponse(marked("", inputs, secrets), failures);
    },
    diffConfig: () => new proto.DiffResponse().setChanges(proto.DiffResponse.DiffChanges.DIFF_UNKNOWN),
    configure: (request: proto.ConfigureRequest) => {
      plugin.configure(receive(fromStruct(request.getArgs())).values);
      return new proto.ConfigureResponse()
        .setAcceptsecrets(true)
        .setSupportspreview(true)
        .setAcceptresources(false)
        .setAcceptoutputs(false);
    },

    check: (request: proto.CheckRequest) => {
      const subject = subjectOf(request.getUrn());
      const { values, secrets } = receive(fromStruct(request.getNews()));
      const olds = receive(fromStruct(request.getOlds())).values;
      const { inputs, failures } = plugin.check(subject, olds, values, request.getRandomseed_asU8());
      return checkResponse(marked(subject.type, inputs, secrets), failures);
    },

    diff: (request: proto.DiffRequest) => {
      const ignored = new Set(request.getIgnorechangesList());
      const olds = receive(fromStruct(request.getOlds())).values;
      const oldInputs = receive(fromStruct(request.getOldInputs())).values;
      const news = receive(fromStruct(request.getNews())).values;
      for (const name of ignored) {
        if (name in oldInputs) news[name] = oldInputs[name];
        else if (name in news) Reflect.deleteProperty(news, name);
      }
      return detailOf(plugin.diff(subjectOf(request.getUrn()), olds, news, oldInputs));
    },

    create: async (request: proto.CreateRequest) => {
      const subject = subjectOf(request.getUrn());
      const { values, secrets } = receive(fromStruct(request.getProperties()));
      const { id, outputs } = await plugin.create(subject, values, request.getPreview(), log.of(subject));
      return new proto.CreateResponse().setId(id).setProperties(marked(subject.type, outputs, secrets));
    },

    read: async (request: proto.ReadRequest) => {
      const subject = subjectOf(request.getUrn());
      const state = receive(fromStruct(request.getProperties()));
      const inputs = receive(fromStruct(request.getInputs()));
      const found = await plugin.read(subject, request.getId(), inputs.values, state.values);
      if (!found) return new proto.ReadResponse();
      return new proto.ReadResponse()
        .setId(found.id)
        .setProperties(marked(subject.type, found.outputs, state.secrets))
        .setInputs(marked(subject.type, found.inputs, inputs.secrets));
    },

    update: async (request: proto.UpdateRequest) => {
      const subject = subjectOf(request.getUrn());
      const olds = receive(fromStruct(request.getOlds())).values;
      const { values, secrets } = receive(fromStruct(request.getNews()));
      const outputs = await plugin.update(
        subject,
        request.getId(),
        olds,
        values,
        request.getPreview(),
        log.of(subject),
      );
      return new proto.UpdateResponse().setProperties(marked(subject.type, outputs, secrets));
    },

    delete: async (request: proto.DeleteRequest) => {
      const subject = subjectOf(request.getUrn());
      const state = receive(fromStruct(request.getProperties())).values;
      await plugin.delete(subject, request.getId(), state, log.of(subject));
      return empty();
    },

    invoke: async (request: proto.InvokeRequest) => {
      const { values } = receive(fromStruct(request.getArgs()));
      const { result, failures } = await plugin.invoke(request.getTok(), values).catch((error: unknown) => {
        // The bridge shows it as an error of the stack, even where the program expects it.
        log.ofStack()("error", `[ERROR] ${messageOf(error)}`, false);
        throw error;
      });
      // The bridge takes secrets out of what functions return (pulumi/pulumi#12710): programs must mark them themselves.
      return new proto.InvokeResponse().setReturn(toStruct(result)).setFailuresList(failures.map(failureOf));
    },
  };
  return Object.fromEntries(
    Object.entries(handlers).map(([name, handle]) => [name, unary(handle as (request: unknown) => unknown)]),
  );
}

/**
 * As many plugins as there are engines: each connection is answered by one of its own, as if the engine had started it.
 */
export function serviceForEach(make: () => Plugin): UntypedServiceImplementation {
  const services = new Map<string, Record<string, Unary>>();
  const serviceFor = (engine: string): Record<string, Unary> => {
    const known = services.get(engine) ?? serviceOf(make(), undefined);
    services.set(engine, known);
    return known;
  };
  return Object.fromEntries(
    Object.keys(serviceOf(make(), undefined)).map((name): [string, Unary] => [
      name,
      (call, callback) => serviceFor(call.getPeer())[name]?.(call, callback),
    ]),
  );
}

function unary(handle: (request: unknown) => unknown): Unary {
  return (call, callback) => {
    Promise.resolve()
      .then(() => handle(call.request))
      .then(
        (response) => callback(null, response),
        (error: unknown) => callback(error instanceof Error ? error : new Error(String(error))),
      );
  };
}

/** The type is the last one of a chain of parents: `urn:pulumi:stack::project::parent$type::name`. */
function subjectOf(urn: string): Subject {
  const [, , types = "", ...name] = urn.split("::");
  return { urn, type: types.split("$").at(-1) ?? "", name: name.join("::") };
}

function failureOf({ property, reason }: CheckFailure): proto.CheckFailure {
  return new proto.CheckFailure().setProperty(property).setReason(reason);
}

function checkResponse(
  inputs: ReturnType<typeof toStruct>,
  failures: readonly CheckFailure[],
): proto.CheckResponse {
  return new proto.CheckResponse().setInputs(inputs).setFailuresList(failures.map(failureOf));
}
