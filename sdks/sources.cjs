"use strict";

const { createHash } = require("node:crypto");
const { readdirSync, readFileSync } = require("node:fs");
const { join, relative } = require("node:path");

/** What an SDK is compiled from: its own texts, neither its build nor what npm installs in it. */
function sourcesOf(folder) {
  return readdirSync(folder, { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile() && /\.(?:ts|json)$/.test(entry.name))
    .map((entry) => relative(folder, join(entry.parentPath, entry.name)))
    .filter((file) => !/^(?:bin|node_modules)[\\/]|^package-lock\.json$/.test(file))
    .sort();
}

/**
 * Of what an SDK is compiled from, and of what says how. Times of files say nothing: `rsync -a` and `cp -p` bring those of where
 * they come from.
 */
function digestOfSources(folder) {
  const digest = createHash("sha256").update(readFileSync(join(__dirname, "build.js"), "utf8"));
  for (const file of sourcesOf(folder)) {
    digest.update(`\0${file}\0`).update(readFileSync(join(folder, file), "utf8"));
  }
  return digest.digest("base64");
}

module.exports = { digestOfSources };
