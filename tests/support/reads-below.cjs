"use strict";

/*
 * `node --require` of a test: notes, one a line in the file READS_NOTE, every file and folder below READS_BELOW that the process
 * or its children in Node open, list or look at. Node's own loader reads by the same functions.
 */
const fs = require("node:fs");
const { resolve, sep } = require("node:path");
const { fileURLToPath } = require("node:url");

const { READS_BELOW: below = "", READS_NOTE: note = "" } = process.env;
const append = fs.appendFileSync;
const isBelow = (path) => path === below || path.startsWith(below + sep);

function noting(of, name) {
  const original = of[name];
  if (typeof original !== "function") return;
  of[name] = function (target, ...rest) {
    const path = target instanceof URL ? fileURLToPath(target) : target;
    if (typeof path === "string" && isBelow(resolve(path))) append(note, `${name} ${path}\n`);
    return original.call(this, target, ...rest);
  };
  Object.assign(of[name], original);
}

const READING = ["readFile", "open", "opendir", "readdir", "stat", "lstat", "access", "realpath"];
for (const name of READING) {
  noting(fs, name);
  noting(fs, `${name}Sync`);
  noting(fs.promises, name);
}
noting(fs, "existsSync");
noting(fs, "createReadStream");
