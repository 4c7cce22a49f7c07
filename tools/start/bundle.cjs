"use strict";

/*
 * Runs a program of this project from one bundle, which is made anew when a source has another text: loading the packages by themselves takes
 * twice the CPU time. So there is no set-up to forget, and no old program to run. Times of files say nothing: `rsync -a` and `cp -p` bring
 * those of where they come from.
 */
const { createHash } = require("node:crypto");
const fs = require("node:fs");
const Module = require("node:module");
const path = require("node:path");
const { runKept } = require("./kept-code.cjs");
const { isOwnFolder } = require("./own-folder.cjs");

const root = path.resolve(__dirname, "../..");
const COMMENT = "// ";

/**
 * @param parent the module that runs it
 * @param main the program, and `file` its bundle, by their paths in the project; the bytecode is kept beside it
 */
function runBundle({ parent, main, file }) {
  const bundle = path.join(root, file);
  const { code, mayKeep } = bundleOf({ launcher: path.relative(root, parent.filename), main, file });
  const program = new Module(bundle, parent);
  program.filename = bundle;
  program.paths = parent.paths;
  runKept(program, code, mayKeep ? bundle.replace(/\.js$/, ".cache") : undefined);
}

/**
 * The code of a program in one file.
 *
 * @param launcher what asks for it; all three are paths in the project
 */
function bundleOf({ launcher, main, file }) {
  const bundle = path.join(root, file);
  const mayKeep = isOwnFolder(path.dirname(bundle));
  const code = (mayKeep ? kept(bundle) : undefined) ?? build({ bundle, launcher, main, mayKeep });
  return { code, mayKeep };
}

/** The bundle that was kept, if it is of what the sources say now: its first line holds a digest of each. */
function kept(bundle) {
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

function build({ bundle, launcher, main, mayKeep }) {
  // What Pulumi's library loads at its start for serialised functions, of which there are none.
  const absent = path.join(__dirname, "absent.cjs");
  const began = Date.now();
  const { metafile, outputFiles } = require("esbuild").buildSync({
    absWorkingDir: root,
    entryPoints: [path.join(root, main)],
    alias: { typescript: absent, "ts-node": absent, "@npmcli/arborist": absent },
    // The native part of ssh2, which does without it where it was not compiled.
    external: ["*.node", "cpu-features"],
    bundle: true,
    platform: "node",
    target: "node20",
    metafile: true,
    write: false,
    outfile: bundle,
    logLevel: "error",
  });
  const own = Object.keys(metafile.inputs).filter((file) => !file.includes("node_modules"));
  const sources = [...own, "package-lock.json", launcher, "tools/start/bundle.cjs"];
  const digests = Object.fromEntries(sources.map((file) => [file, digestOf(file)]));
  const text = `${COMMENT}${JSON.stringify(digests)}\n${outputFiles[0].text}`;
  // Of a source that was written to meanwhile, nobody knows which of its texts went in: the next start makes another bundle.
  if (mayKeep && sources.every((file) => fs.statSync(path.join(root, file)).ctimeMs < began))
    keep(bundle, text);
  return text;
}

/** Whole or not at all: another run may be reading it. */
function keep(bundle, text) {
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

module.exports = { bundleOf, runBundle };
