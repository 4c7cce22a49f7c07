"use strict";

/*
 * Lets Node load the project's TypeScript without checking its types: `node --require ./transpile.cjs`. Types are checked
 * by the test command; ts-node, which Pulumi would start otherwise, loads the whole compiler at every preview (1.2 s of CPU
 * more, measured on two cores), and tsx hooks into every module of node_modules as well.
 */
const { readFileSync } = require("node:fs");
const Module = require("node:module");
const { transformSync } = require("@swc/core");

Module._extensions[".ts"] = (module, filename) => {
  const { code } = transformSync(readFileSync(filename, "utf8"), {
    filename,
    jsc: { parser: { syntax: "typescript" }, target: "es2022" },
    module: { type: "commonjs" },
    // Pulumi installs source-map-support, in the program as in the provider.
    sourceMaps: "inline",
    swcrc: false,
  });
  module._compile(code, filename);
};
