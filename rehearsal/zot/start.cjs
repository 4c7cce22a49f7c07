"use strict";

/*
 * Runs a bundle of the stand-in of zot by V8's bytecode, which a server keeps beside it: a deploy starts zot four times, and compiling
 * takes a fifth of each start.
 * Usage: node start.cjs KEPT-CODE BUNDLE CACHE [what zot is told]
 */
const { existsSync, readFileSync } = require("node:fs");
const Module = require("node:module");
const path = require("node:path");

const [, , keptCode, bundle, cache, ...told] = process.argv;
const { runKept } = require(keptCode);
process.argv.splice(1, 4, bundle);
const text = readFileSync(bundle, "utf8");
const program = new Module(bundle, module);
program.filename = bundle;
program.paths = Module._nodeModulePaths(path.dirname(bundle));
runKept(program, text, {
  // Either of them differs where the text does.
  key: `${path.basename(bundle)}\n${text.slice(0, text.indexOf("\n"))}`,
  // A command that only reads a config has compiled little of what a server runs.
  file: told[0] === "serve" || existsSync(cache) ? cache : undefined,
});
