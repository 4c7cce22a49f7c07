"use strict";

const { lstatSync, mkdirSync, rmSync } = require("node:fs");

const WRITABLE_BY_OTHERS = 0o022;

/**
 * Whether code that is kept in this folder may be run: it is ours, and nobody else can write to it. Makes it if it is not there,
 * and makes it anew where it is ours and others could have written to it. A folder of somebody else is left alone; so is one that
 * cannot be made, as in a checkout that is read-only.
 */
function isOwnFolder(folder) {
  try {
    mkdirSync(folder, { recursive: true });
    if (isSafe(folder)) return true;
    if (!isOurs(lstatSync(folder))) return false;
    rmSync(folder, { recursive: true });
    mkdirSync(folder, { mode: 0o755 });
    return isSafe(folder);
  } catch {
    return false;
  }
}

function isSafe(folder) {
  const stat = lstatSync(folder);
  return stat.isDirectory() && isOurs(stat) && (stat.mode & WRITABLE_BY_OTHERS) === 0;
}

const isOurs = ({ uid }) => uid === process.getuid?.();

module.exports = { isOwnFolder };
