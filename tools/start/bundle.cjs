"use strict";

/*
 * Runs a program of this project from one bundle, which is made anew when a file that went in has another text: loading the packages by
 * themselves takes twice the CPU time. So there is no set-up to forget, and no old program to run. Times of files say nothing: `rsync -a` and
 * `cp -p` bring those of where they come from.
 */
const { execFileSync } = require("node:child_process");
const { createHash } = require("node:crypto");
const fs = require("node:fs");
const Module = require("node:module");
const path = require("node:path");
const { runKept } = require("./kept-code.cjs");
const { isOwnFolder } = require("./own-folder.cjs");

const root = path.resolve(__dirname, "../..");
const COMMENT = "// ";
const MAX_BYTES = 1 << 28;

/**
 * @param parent the module that runs it
 * @param entry the text that the bundle starts with, which requires files by their paths in the project; what it exports is returned
 * @param file the bundle, by its path in the project; its bytecode and its source map are kept beside it
 */
function runBundle({ parent, entry, file }) {
  const bundle = path.join(root, file);
  const { code, map, mayKeep } = bundleOf({ launcher: path.relative(root, parent.filename), entry, file });
  // Here, since it is for the whole process: whoever only wants a bundle keeps their own stack traces.
  require("./stack-traces.cjs").mapStacksOf(bundle, map);
  const program = new Module(bundle, parent);
  program.filename = bundle;
  program.paths = parent.paths;
  // The first line tells two texts apart; there are megabytes of them.
  const key = code.slice(0, code.indexOf("\n"));
  runKept(program, code, { key, file: mayKeep ? bundle.replace(/\.js$/, ".cache") : undefined });
  return program.exports;
}

/**
 * The code of a program in one file.
 *
 * @param launcher what asks for it, by its path in the project, as `file`
 */
function bundleOf({ launcher, entry, file }) {
  const bundle = path.join(root, file);
  const mayKeep = isOwnFolder(path.dirname(bundle));
  const made = (mayKeep ? kept(bundle, entry) : undefined) ?? build({ bundle, launcher, entry, mayKeep });
  return { ...made, mayKeep };
}

/** The bundle that was kept, if it is of what the files say now: its first line names them, with a digest of all. */
function kept(bundle, entry) {
  const text = read(bundle);
  if (text === undefined) return undefined;
  try {
    const { files, digest } = JSON.parse(text.slice(COMMENT.length, text.indexOf("\n")));
    if (digestOf(entry, files) !== digest) return undefined;
  } catch {
    // Not of this form: of a version before.
    return undefined;
  }
  return { code: text, map: () => keptMap(bundle, text) };
}

function build({ bundle, launcher, entry, mayKeep }) {
  const began = Date.now();
  const {
    inputs,
    map,
    text: code,
  } = JSON.parse(
    execFileSync(
      process.execPath,
      [path.join(__dirname, "make-bundle.cjs"), JSON.stringify({ bundle, entry })],
      { encoding: "utf8", maxBuffer: MAX_BYTES, stdio: ["ignore", "pipe", "inherit"] },
    ),
  );
  const makers = fs.readdirSync(__dirname).map((name) => path.relative(root, path.join(__dirname, name)));
  const files = [...new Set([...inputs, ...makers, "package-lock.json", launcher])].sort();
  const head = `${COMMENT}${JSON.stringify({ digest: digestOf(entry, files), files })}\n`;
  const text = head + code;
  // Of a file that was written to meanwhile, nobody knows which of its texts went in: the next start makes another bundle.
  if (mayKeep && files.every((file) => fs.statSync(path.join(root, file)).ctimeMs < began)) {
    keep(`${bundle}.map`, `${sha256(text)}\n${map}`);
    keep(bundle, text);
  }
  return { code: text, map: () => map };
}

/** Undefined where it is of another bundle: another process may be writing both. */
function keptMap(bundle, text) {
  const found = read(`${bundle}.map`) ?? "";
  const end = found.indexOf("\n");
  return found.slice(0, end) === sha256(text) ? found.slice(end + 1) : undefined;
}

/** Whole or not at all: another run may be reading it. */
function keep(file, text) {
  const staged = `${file}.${process.pid}`;
  fs.writeFileSync(staged, text);
  fs.renameSync(staged, file);
}

/**
 * Of the project's own texts, and of when those of packages were last changed in any way, which no program can set: there are a thousand,
 * and to read them takes longer than to load the bundle. Undefined where one of the files is gone.
 */
function digestOf(entry, files) {
  const hash = createHash("sha256").update(entry);
  for (const file of files) {
    const text = file.startsWith("node_modules")
      ? changeOf(path.join(root, file))
      : read(path.join(root, file));
    if (text === undefined) return undefined;
    hash.update(`\0${file}\0${text.length}\0${text}`);
  }
  return hash.digest("base64");
}

function changeOf(file) {
  const stat = fs.statSync(file, { throwIfNoEntry: false });
  return stat && `${stat.ino} ${stat.size} ${stat.ctimeMs}`;
}

const sha256 = (text) => createHash("sha256").update(text).digest("base64");

function read(file) {
  try {
    return fs.readFileSync(file, "latin1");
  } catch (error) {
    if (error.code === "ENOENT") return undefined;
    throw error;
  }
}

module.exports = { bundleOf, runBundle };
