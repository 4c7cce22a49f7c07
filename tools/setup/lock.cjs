"use strict";

const fs = require("node:fs");
const path = require("node:path");
const { setTimeout: sleep } = require("node:timers/promises");

/**
 * Takes a lock that is a file holding the owner's process id, and resolves to the function that gives it back.
 * The file appears with its content in one step (link), so nobody reads it half written. A lock whose owner is
 * gone is taken over. While somebody else holds it, `onWait` is called once with that process id.
 */
async function takeLock(file, onWait) {
  fs.mkdirSync(path.dirname(file), { recursive: true });
  const mine = `${file}.${process.pid}`;
  fs.writeFileSync(mine, String(process.pid));
  try {
    for (let told = false; !tryLink(mine, file); await sleep(200)) {
      const owner = readOwner(file);
      if (owner === undefined || removeIfDead(file, owner) || told) continue;
      told = true;
      onWait(owner);
    }
  } finally {
    fs.rmSync(mine, { force: true });
  }
  const release = () => {
    process.removeListener("exit", release);
    if (readOwner(file) === process.pid) fs.rmSync(file, { force: true });
  };
  process.once("exit", release);
  return release;
}

function tryLink(from, to) {
  try {
    fs.linkSync(from, to);
    return true;
  } catch (error) {
    if (error.code === "EEXIST") return false;
    throw error;
  }
}

function readOwner(file) {
  try {
    return Number(fs.readFileSync(file, "utf8"));
  } catch (error) {
    if (error.code === "ENOENT") return undefined;
    throw error;
  }
}

/** Moves a dead owner's lock aside before it is removed: between the look and the removal it may have changed hands. */
function removeIfDead(file, owner) {
  if (isAlive(owner)) return false;
  const aside = `${file}.${process.pid}.stale`;
  try {
    fs.renameSync(file, aside);
  } catch (error) {
    if (error.code === "ENOENT") return true;
    throw error;
  }
  if (readOwner(aside) !== owner) tryLink(aside, file);
  fs.rmSync(aside, { force: true });
  return true;
}

function isAlive(pid) {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error.code === "EPERM";
  }
}

module.exports = { takeLock };
