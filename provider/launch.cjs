"use strict";

/*
 * Runs the provider from one bundle, whose bytecode is kept: 0.17 s of CPU for a start, where loading the packages by themselves takes 0.27 s.
 * Where nothing can be kept, as in a checkout that is read-only, bundling would take longer than that.
 */
require("../tools/start/short-run.cjs");
const path = require("node:path");
const { runBundle } = require("../tools/start/bundle.cjs");
const { isOwnFolder } = require("../tools/start/own-folder.cjs");

const BUNDLES = "node_modules/.cache/zot-access-bundles";

if (isOwnFolder(path.join(__dirname, "..", BUNDLES))) {
  runBundle({ parent: module, entry: 'require("./provider/main.ts");', file: `${BUNDLES}/provider.js` });
} else {
  require("../tools/start/transpile.cjs");
  require("./main.ts");
}
