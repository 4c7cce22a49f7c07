"use strict";

/*
 * Pulumi shows an error of the program by util.inspect with colours. There Node looks for the package's name in each line of
 * the stack, and for a file right below a scope, as in `node_modules/@pulumi/resource.ts:1:2`, goes round without end until it
 * has filled a string (Node 20.20.2); the source maps of Pulumi's SDK name such files. A mistake in the settings took 90 s to
 * be told. Nothing is lost without colours: what is inspected goes over a pipe to the engine.
 */
const util = require("node:util");

util.inspect = new Proxy(util.inspect, {
  apply: (inspect, self, [value, options, ...rest]) =>
    Reflect.apply(inspect, self, [value, options?.colors ? { ...options, colors: false } : options, ...rest]),
});
