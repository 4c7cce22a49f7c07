import type { provider as pulumiProvider } from "@pulumi/pulumi";
import type { Handler } from "./handler";
import { hasUnknown, plain, withSecrets } from "./values";

type Properties = Record<string, unknown>;
export type AnyHandler = Handler<Properties, Properties>;
export type Handlers = Readonly<Record<string, AnyHandler>>;

/** Erases a handler's types; `check` has parsed the inputs by the handler's own schema before any other call. */
export function erased<Inputs extends object, Outputs extends Inputs>(
  handler: Handler<Inputs, Outputs>,
): AnyHandler {
  return handler as unknown as AnyHandler;
}

/** Serves handlers by their type tokens through Pulumi's provider interface. */
export function dispatch(version: string, handlers: Handlers): pulumiProvider.Provider {
  const of = (urn: string): AnyHandler => {
    const token = urn.split("::")[2]?.split("$").at(-1) ?? "";
    const handler = handlers[token];
    if (!handler) throw new Error(`this provider has no resource type ${token}`);
    return handler;
  };
  const toEngine = (handler: AnyHandler, properties: Properties) => withSecrets(properties, handler.secrets);

  return {
    version,

    check(urn, olds, news) {
      const handler = of(urn);
      const inputs = withoutDefaults(plain(news) as Properties);
      if (hasUnknown(inputs)) return Promise.resolve({ inputs: toEngine(handler, inputs) });
      const parsed = handler.schema.safeParse(inputs);
      if (!parsed.success) {
        const failures = parsed.error.issues.map((issue) => ({
          property: issue.path.map(String).join("."),
          reason: issue.message,
        }));
        return Promise.resolve({ failures });
      }
      const old = plain(olds ?? {}) as Properties;
      const concealed = handler.conceal ? handler.conceal(parsed.data, old) : parsed.data;
      return Promise.resolve({ inputs: toEngine(handler, concealed) });
    },

    async diff(id, urn, olds, news) {
      const inputs = plain(news) as Properties;
      if (hasUnknown(inputs)) return { changes: true };
      const { changes, replaces } = await of(urn).diff(id, plain(olds) as Properties, inputs);
      return { changes, replaces: [...(replaces ?? [])], deleteBeforeReplace: false };
    },

    async create(urn, inputs) {
      const handler = of(urn);
      const { id, outputs } = await handler.create(plain(inputs) as Properties);
      return { id, outs: toEngine(handler, outputs) };
    },

    async read(id, urn, props) {
      const handler = of(urn);
      const old = plain(props) as Properties;
      const outputs = handler.read ? await handler.read(id, old) : old;
      return outputs ? { id, props: toEngine(handler, outputs) } : { id: "", props: {} };
    },

    async update(id, urn, olds, news) {
      const handler = of(urn);
      const outputs = await handler.update(id, plain(olds) as Properties, plain(news) as Properties);
      return { outs: toEngine(handler, outputs) };
    },

    async delete(id, urn, props) {
      await of(urn).delete(id, plain(props) as Properties);
    },
  };
}

/** `__defaults` is the engine's own book-keeping, not an input. */
function withoutDefaults(properties: Properties): Properties {
  const { __defaults: _, ...inputs } = properties;
  return inputs;
}
