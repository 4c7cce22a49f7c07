"use strict";

/*
 * Runs a stand-in of a plugin, `node launch.cjs NAME ADDRESS`, from one bundle, whose bytecode is kept. Every preview starts three of these:
 * 75 ms of CPU each, where a bundle without its bytecode takes 90 ms, and the sources by themselves 500 ms. Where nothing can be kept, as in
 * a checkout that is read-only, bundling would take longer than that.
 */
const path = require("node:path");
const { runBundle } = require("../../tools/start/bundle.cjs");
const { isOwnFolder } = require("../../tools/start/own-folder.cjs");

const BUNDLES = "node_modules/.cache/zot-access-bundles";
const MAINS = {
  command: "rehearsal/plugins/command/main.ts",
  kept: "rehearsal/plugins/kept/main.ts",
  "terraform-provider": "rehearsal/plugins/terraform-provider/main.ts",
};

const root = path.resolve(__dirname, "../..");
const [name] = process.argv.splice(2, 1);
const main = MAINS[name];
if (main === undefined) throw new Error(`there is no stand-in of a plugin ${name}`);
if (isOwnFolder(path.join(root, BUNDLES))) {
  runBundle({ parent: module, entry: `require("./${main}");`, file: `${BUNDLES}/plugin-${name}.js` });
} else {
  require("../../tools/start/transpile.cjs");
  require(path.join(root, main));
}
