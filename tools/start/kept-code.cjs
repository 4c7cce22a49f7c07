"use strict";

const { createHash } = require("node:crypto");
const { readFileSync, renameSync, writeFileSync } = require("node:fs");
const Module = require("node:module");
const { dirname } = require("node:path");
const { clearTimeout, setTimeout } = require("node:timers");
const { constants, Script } = require("node:vm");

/** After this time a process that answers requests has compiled most of what it runs. */
const KEEP_AFTER_MS = 1500;

/**
 * Runs the text of a module by V8's bytecode, which is kept after the first run: a third of the CPU time of a start. Node has this
 * built in from 22.1 on. V8 itself only compares lengths of texts, so a digest of the key and of Node's version stands before the
 * bytecode; bytecode that was made with other flags V8 refuses, and it is made anew.
 *
 * @param key what two texts differ by
 * @param file where the bytecode is kept, in a folder that nobody else can write to; undefined: nowhere
 */
function runKept(module, text, { key, file }) {
  const digest = createHash("sha256").update(`${process.version} ${process.arch}\n${key}`).digest();
  const cachedData = file === undefined ? undefined : kept(file, digest);
  const script = new Script(Module.wrap(text), {
    filename: module.filename,
    cachedData,
    importModuleDynamically: constants.USE_MAIN_CONTEXT_DEFAULT_LOADER,
  });
  if (file !== undefined && (cachedData === undefined || script.cachedDataRejected)) {
    keepOnce(() => Buffer.concat([digest, script.createCachedData()]), file);
  }
  const require = (request) => module.require(request);
  require.resolve = (request) => Module._resolveFilename(request, module);
  Object.assign(require, { cache: Module._cache, main: process.mainModule });
  script
    .runInThisContext()
    .call(module.exports, module.exports, require, module, module.filename, dirname(module.filename));
}

function kept(file, digest) {
  try {
    const found = readFileSync(file);
    return found.subarray(0, digest.length).equals(digest) ? found.subarray(digest.length) : undefined;
  } catch {
    return undefined;
  }
}

/** When functions have run that are compiled at their first call; a process that the engine kills does not see its own exit. */
function keepOnce(data, file) {
  const keep = () => {
    clearTimeout(timer);
    process.off("exit", keep);
    const draft = `${file}.${process.pid}`;
    try {
      writeFileSync(draft, data());
      renameSync(draft, file);
    } catch {
      // The next run tries again.
    }
  };
  const timer = setTimeout(keep, KEEP_AFTER_MS).unref();
  process.on("exit", keep);
}

module.exports = { runKept };
