import type { provider as pulumiProvider } from "@pulumi/pulumi";
import type { Handler } from "./handler";
import type { LogMessage } from "../systems/log-message";
import { START } from "../systems/pulumi/types";
import { hasUnknown, plain, withSecrets } from "../systems/pulumi/values";

type Properties = Record<string, unknown>;
export type AnyHandler = Handler<Properties, Properties>;
export type Handlers = Readonly<Record<string, AnyHandler>>;

/** Erases a handler's types; `check` has parsed the inputs by the handler's own schema before any other call. */
export function erased<Inputs extends object, Outputs extends Inputs>(
  handler: Handler<Inputs, Outputs>,
): AnyHandler {
  return handler as unknown as AnyHandler;
}

/**
 * Serves handlers by their type tokens through Pulumi's provider interface.
 *
 * @param sayOf how to report something about the resource with a URN.
 */
export function dispatch(
  version: string,
  handlers: Handlers,
  sayOf: (urn: string) => LogMessage,
): pulumiProvider.Provider {
  const of = (urn: string): AnyHandler => {
    const token = urn.split("::")[2]?.split("$").at(-1) ?? "";
    const handler = handlers[token];
    if (!handler) throw new Error(`this provider has no resource type ${token}`);
    return handler;
  };
  const toEngine = ({ secrets }: AnyHandler, properties: Properties) => withSecrets(properties, secrets);

  return {
    version,

    invoke(token) {
      if (token !== START) return Promise.reject(new Error(`this provider has no function ${token}`));
      return Promise.resolve({ outputs: {} });
    },

    async check(urn, olds, news) {
      const handler = of(urn);
      const inputs = withoutDefaults(plain(news) as Properties);
      const failures = problemsOf(handler, inputs);
      if (failures.length > 0) return { failures };
      const old = plain(olds ?? {}) as Properties;
      const known = Object.keys(old).length > 0 ? old : undefined;
      const prepared = handler.prepare ? await handler.prepare(inputs, known, sayOf(urn)) : inputs;
      return { inputs: toEngine(handler, prepared) };
    },

    async diff(id, urn, olds, news) {
      const [old, inputs] = [plain(olds) as Properties, plain(news) as Properties];
      const { changes, replaces } = await of(urn).diff(id, old, inputs, sayOf(urn));
      return { changes, replaces: [...(replaces ?? [])], deleteBeforeReplace: false };
    },

    async create(urn, inputs) {
      const handler = of(urn);
      const { id, outputs } = await handler.create(plain(inputs) as Properties, sayOf(urn));
      return { id, outs: toEngine(handler, outputs) };
    },

    async read(id, urn, props) {
      const handler = of(urn);
      const old = plain(props) as Properties;
      if (Object.keys(old).length === 0) {
        const adopted = handler.adopt?.(id);
        if (adopted) {
          const props = toEngine(handler, adopted.outputs);
          return { id: adopted.id, props, inputs: props };
        }
        throw new Error(
          `${id} cannot be imported: the state holds what no service gives back; let pulumi up make it`,
        );
      }
      const outputs = handler.read ? await handler.read(id, old, sayOf(urn)) : old;
      return outputs ? { id, props: toEngine(handler, outputs) } : { id: "", props: {} };
    },

    async update(id, urn, olds, news) {
      const handler = of(urn);
      const [old, inputs] = [plain(olds) as Properties, plain(news) as Properties];
      return { outs: toEngine(handler, await handler.update(id, old, inputs, sayOf(urn))) };
    },

    async delete(id, urn, props) {
      await of(urn).delete(id, plain(props) as Properties, sayOf(urn));
    },
  };
}

/** What the schema refuses; a value that is not known yet is not judged. */
function problemsOf({ schema }: AnyHandler, inputs: Properties): { property: string; reason: string }[] {
  const issues = schema.safeParse(inputs).error?.issues ?? [];
  return issues
    .filter(({ path: [property] }) => property === undefined || !hasUnknown(inputs[String(property)]))
    .map(({ path, message }) => ({ property: path.map(String).join("."), reason: message }));
}

/** `__defaults` is the engine's own bookkeeping, not an input. */
function withoutDefaults(properties: Properties): Properties {
  const { __defaults: _, ...inputs } = properties;
  return inputs;
}
