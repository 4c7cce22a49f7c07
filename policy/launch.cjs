"use strict";

/*
 * Runs the policy pack from one bundle, which is made anew when a source has another text: 0.3 s of CPU a preview, where loading the
 * packages by themselves takes 0.6 s, and their own type check 3 s. So there is no set-up to forget, and no old pack to run. Times
 * of files say nothing: `rsync -a` and `cp -p` bring those of where they come from.
 */
require("../tools/start/short-run.cjs");
const { createHash } = require("node:crypto");
const fs = require("node:fs");
const Module = require("node:module");
const path = require("node:path");
const { runKept } = require("../tools/start/kept-code.cjs");
const { isOwnFolder } = require("../tools/start/own-folder.cjs");

const root = path.dirname(__dirname);
const bundle = path.join(__dirname, "bin", "pack.js");
const COMMENT = "// ";

/** The bundle that was kept, if it is of what the sources say now: its first line holds a digest of each. */
function kept() {
  const text = read(bundle);
  if (text === undefined) return undefined;
  try {
    const sources = Object.entries(JSON.parse(text.slice(COMMENT.length, text.indexOf("\n"))));
    return sources.every(([file, digest]) => digestOf(file) === digest) ? text : undefined;
  } catch {
    // Not of this form: of a version before.
    return undefined;
  }
}

function build(mayKeep) {
  // What Pulumi's library loads at its start for serialised functions, of which a pack has none.
  const absent = path.join(__dirname, "absent.cjs");
  const began = Date.now();
  const { metafile, outputFiles } = require("esbuild").buildSync({
    absWorkingDir: root,
    entryPoints: [path.join(__dirname, "main.ts")],
    alias: { typescript: absent, "ts-node": absent, "@npmcli/arborist": absent },
    bundle: true,
    platform: "node",
    target: "node20",
    metafile: true,
    write: false,
    outfile: bundle,
    logLevel: "error",
  });
  const own = Object.keys(metafile.inputs).filter((file) => !file.includes("node_modules"));
  const sources = [...own, "package-lock.json", "policy/launch.cjs"];
  const digests = Object.fromEntries(sources.map((file) => [file, digestOf(file)]));
  const text = `${COMMENT}${JSON.stringify(digests)}\n${outputFiles[0].text}`;
  // Of a source that was written to meanwhile, nobody knows which of its texts went in: the next start makes another bundle.
  if (mayKeep && sources.every((file) => fs.statSync(path.join(root, file)).ctimeMs < began)) keep(text);
  return text;
}

/** Whole or not at all: another preview may be reading it. */
function keep(text) {
  const staged = `${bundle}.${process.pid}`;
  fs.writeFileSync(staged, text);
  fs.renameSync(staged, bundle);
}

function digestOf(file) {
  const text = read(path.join(root, file));
  return text === undefined ? undefined : createHash("sha256").update(text).digest("base64");
}

function read(file) {
  try {
    return fs.readFileSync(file, "utf8");
  } catch (error) {
    if (error.code === "ENOENT") return undefined;
    throw error;
  }
}

const mayKeep = isOwnFolder(path.dirname(bundle));
const code = (mayKeep ? kept() : undefined) ?? build(mayKeep);
// The library takes the pack's version from the package.json of the current folder.
process.chdir(root);
const pack = new Module(bundle, module);
pack.filename = bundle;
pack.paths = module.paths;
runKept(pack, code, mayKeep ? path.join(path.dirname(bundle), "pack.cache") : undefined);
