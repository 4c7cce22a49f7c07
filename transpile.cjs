"use strict";

/*
 * Lets Node load the project's TypeScript without checking its types: `node --require ./transpile.cjs`. Types are checked
 * by the test command; ts-node, which Pulumi would start otherwise, loads the whole compiler at every preview (1.2 s of CPU
 * more, measured on two cores), and tsx hooks into every module of node_modules as well. What was transpiled is kept below
 * node_modules, so that only the first run after a change loads the transpiler (50 MiB, 0.1 s).
 */
const { createHash } = require("node:crypto");
const { mkdirSync, readFileSync, renameSync, writeFileSync } = require("node:fs");
const Module = require("node:module");
const { basename, join } = require("node:path");
const swc = require("@swc/core/package.json");
require("./error-display.cjs");
require("./small-process.cjs");

const CACHE = join(__dirname, "node_modules", ".cache", "zot-access");
const OPTIONS = {
  jsc: { parser: { syntax: "typescript" }, target: "es2022" },
  module: { type: "commonjs" },
  // Pulumi installs source-map-support, in the program as in the provider.
  sourceMaps: "inline",
  swcrc: false,
};

Module._extensions[".ts"] = (module, filename) => {
  module._compile(transpiled(filename, readFileSync(filename, "utf8")), filename);
};

function transpiled(filename, source) {
  const kept = join(CACHE, `${basename(filename, ".ts")}-${digest(filename)}.js`);
  const head = `// ${digest([swc.version, JSON.stringify(OPTIONS), source].join("\0"))}\n`;
  const found = read(kept);
  if (found?.startsWith(head)) return found.slice(head.length);
  const { code } = require("@swc/core").transformSync(source, { ...OPTIONS, filename });
  keep(kept, head + code);
  return code;
}

function read(file) {
  try {
    return readFileSync(file, "utf8");
  } catch {
    return undefined;
  }
}

/** A checkout that cannot be written to is transpiled each time. A file is there whole or not at all: runs may be side by side. */
function keep(file, text) {
  const draft = `${file}.${process.pid}`;
  try {
    mkdirSync(CACHE, { recursive: true });
    writeFileSync(draft, text);
    renameSync(draft, file);
  } catch {
    // The next run tries again.
  }
}

function digest(text) {
  return createHash("sha256").update(text).digest("hex").slice(0, 32);
}
