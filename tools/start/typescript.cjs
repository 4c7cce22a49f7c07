"use strict";

/*
 * Lets Node load the project's TypeScript without checking its types. Types are checked by the test command; ts-node, which Pulumi
 * would start otherwise, loads the whole compiler at every preview (1.2 s of CPU more, measured on two cores), and tsx hooks into
 * every module of node_modules as well (0.35 s more) and keeps what it compiled in the common temporary folder, from where it runs
 * whatever somebody else put there. Here it is kept below node_modules, in a folder that only its owner can write to, so that only
 * the first run after a change loads the transpiler (50 MiB, 0.1 s).
 */
const { createHash } = require("node:crypto");
const { readFileSync, renameSync, writeFileSync } = require("node:fs");
const Module = require("node:module");
const { basename, join } = require("node:path");
const swc = require("@swc/core/package.json");
const { isOwnFolder } = require("./own-folder.cjs");
const { mapStacksOf } = require("./stack-traces.cjs");

const CACHE = join(__dirname, "../../node_modules/.cache/zot-access");
const NATIVE = join(__dirname, "../../node_modules/.cache/zot-access-native");
const mayKeep = isOwnFolder(CACHE);
const OPTIONS = {
  jsc: { parser: { syntax: "typescript" }, target: "es2022" },
  module: { type: "commonjs" },
  sourceMaps: "inline",
  swcrc: false,
};

Module._extensions[".ts"] = (module, filename) => {
  const code = transpiled(filename, readFileSync(filename, "utf8"));
  mapStacksOf(filename, () => Buffer.from(code.slice(code.lastIndexOf(",") + 1), "base64").toString());
  module._compile(code, filename);
};

function transpiled(filename, source) {
  const kept = join(CACHE, `${basename(filename, ".ts")}-${digest(filename)}.js`);
  const head = `// ${digest([swc.version, JSON.stringify(OPTIONS), source].join("\0"))}\n`;
  const found = read(kept);
  if (found?.startsWith(head)) return found.slice(head.length);
  const { code } = transpiler().transformSync(source, { ...OPTIONS, filename });
  keep(kept, head + code);
  return code;
}

/** It unpacks its native part, below the user's home otherwise, and checks owner, mode and digest of what it finds there. */
function transpiler() {
  process.env.SWC_NATIVE_BINDING_CACHE ??= NATIVE;
  try {
    return require("@swc/core");
  } finally {
    if (process.env.SWC_NATIVE_BINDING_CACHE === NATIVE) delete process.env.SWC_NATIVE_BINDING_CACHE;
  }
}

function read(file) {
  if (!mayKeep) return undefined;
  try {
    return readFileSync(file, "utf8");
  } catch {
    return undefined;
  }
}

/** A checkout that cannot be written to is transpiled each time. A file is there whole or not at all: runs may be side by side. */
function keep(file, text) {
  if (!mayKeep) return;
  const draft = `${file}.${process.pid}`;
  try {
    writeFileSync(draft, text);
    renameSync(draft, file);
  } catch {
    // The next run tries again.
  }
}

function digest(text) {
  return createHash("sha256").update(text).digest("hex").slice(0, 32);
}
