"use strict";

/**
 * What @pulumi/pulumi and others load at their start and this project does not use: the TypeScript compiler and npm's dependency tree (for
 * functions that are serialised), the Automation API, messages in fifty languages. Requests as they are written, and who asks; a package
 * is put off whoever asks.
 */
const SELDOM_USED = [
  { request: "typescript" },
  { request: "ts-node" },
  { request: "@npmcli/arborist" },
  { request: "./automation", from: /\/@pulumi\/pulumi\/index\.js$/ },
  // For `--tracing`.
  ...[
    "exporter-zipkin",
    "instrumentation",
    "instrumentation-grpc",
    "resources",
    "sdk-trace-base",
    "sdk-trace-node",
  ].map((name) => ({ request: `@opentelemetry/${name}`, from: /\/@pulumi\/pulumi\/cmd\/run\/tracing\.js$/ })),
  // See tools/start/stack-traces.cjs.
  { request: "source-map-support/register" },
  { request: "../locales/index.cjs", from: /\/zod\/v4\/\w+\/\w+\.cjs$/ },
];

/*
 * Pulumi's start of a program opens a session of V8's debugger, to find the sources of functions that it serialises. This project
 * serialises none, and while the session is open each script and each promise costs more: 0.1 s of CPU for the program's modules alone.
 */
const DEBUGGER = {
  request: "../../runtime/closure/v8Hooks",
  from: /\/@pulumi\/pulumi\/cmd\/run\/index\.js$/,
};

const asks = (importer) => (each) => each.from?.test(importer) ?? true;

/** @param importer the file that asks, with slashes */
const isSeldomUsed = (request, importer) =>
  SELDOM_USED.some((each) => each.request === request && asks(importer)(each));

const isDebugger = (request, importer) => request === DEBUGGER.request && asks(importer)(DEBUGGER);

/** Stands for a module; says that it is one of ECMAScript, so that what imports it does not copy its exports at once. */
function lazily(load) {
  let loaded;
  const real = () => (loaded ??= load());
  const get = (_target, name) => {
    if (name === "__esModule") return true;
    return name === "default" && !real().__esModule ? real() : real()[name];
  };
  return new Proxy(
    {},
    {
      get,
      has: (_target, name) => name in real(),
      ownKeys: () => Reflect.ownKeys(real()),
      getOwnPropertyDescriptor: (target, name) =>
        name in real()
          ? { value: get(target, name), enumerable: true, configurable: true, writable: true }
          : undefined,
    },
  );
}

module.exports = { isDebugger, isSeldomUsed, lazily };
