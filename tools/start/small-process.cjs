"use strict";

/*
 * Keeps the program and the provider small, each of which is a Node process of its own.
 *
 * What @pulumi/pulumi and others load at their start and this project does not use is put off until its first touch: the
 * TypeScript compiler and npm's dependency tree (for functions that are serialised), the Automation API, messages in fifty
 * languages. That is half of the modules, of the start's CPU time, and of the memory at rest.
 */
require("./short-run.cjs");
const Module = require("node:module");

/** Requests as they are written, and who asks; a package is put off whoever asks. */
const SELDOM_USED = [
  { request: "typescript" },
  { request: "@npmcli/arborist" },
  { request: "@pulumi/kubernetes" },
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
  // See tools/start/typescript.cjs.
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

/*
 * Pulumi's library takes the stack at each promise that it makes, some 55 for a resource, and shows them only where this variable
 * asks for it.
 */
const DEBUGGABLE = /(?:^|\/)debuggable$/;
const showsPromises = Boolean(process.env.PULUMI_DEBUG_PROMISE_LEAKS);
const withoutStacks = new WeakSet();

function takeNoStacks(debuggable) {
  if (showsPromises || withoutStacks.has(debuggable) || !debuggable.debuggablePromise) return debuggable;
  const { debuggablePromise } = debuggable;
  debuggable.debuggablePromise = (promise, context) => {
    const limit = Error.stackTraceLimit;
    Error.stackTraceLimit = 0;
    try {
      return debuggablePromise(promise, context);
    } finally {
      Error.stackTraceLimit = limit;
    }
  };
  withoutStacks.add(debuggable);
  return debuggable;
}

const load = Module._load;
Module._load = function (request, parent, isMain) {
  if (request === DEBUGGER.request && DEBUGGER.from.test(parent?.filename ?? "")) {
    return { isInitializedAsync: () => Promise.resolve() };
  }
  const now = () => load.call(this, request, parent, isMain);
  if (DEBUGGABLE.test(request)) return takeNoStacks(now());
  const isSeldomUsed = SELDOM_USED.some(
    (each) => each.request === request && (each.from?.test(parent?.filename ?? "") ?? true),
  );
  return isSeldomUsed ? lazily(now) : now();
};

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
