"use strict";

/**
 * Names the npm packages that package-lock.json asks for and node_modules does not hold in that version.
 *
 * Plain JavaScript, like all that runs before the npm packages are there. Both arguments are the `packages`
 * objects of lock files (version 3): package-lock.json, and node_modules/.package-lock.json, which npm writes as
 * the last act of an install, so that an interrupted install has none. The root entry is not a package.
 *
 * An optional package may be absent, unless it is a binary made for this machine: those carry `os` and `cpu`.
 * One that also asks for a C library is left out, because Node has no cheap answer to which one it runs on.
 */
function missingPackages(wanted, installed, platform, arch) {
  return Object.entries(wanted)
    .filter(([path]) => path !== "")
    .filter(([path, entry]) => {
      const present = installed[path];
      if (present !== undefined) {
        return present.version !== entry.version || present.resolved !== entry.resolved;
      }
      return !entry.optional || (!entry.libc && holds(entry.os, platform) && holds(entry.cpu, arch));
    })
    .map(([path]) => path);
}

function holds(names, name) {
  return names !== undefined && names.includes(name);
}

/** True if a version such as "20.19.3" is at least the minimum, which is given as [major, minor]. */
function atLeast(version, [major, minor]) {
  const [ownMajor, ownMinor] = version.split(".").map(Number);
  return ownMajor > major || (ownMajor === major && ownMinor >= minor);
}

module.exports = { missingPackages, atLeast };
