"use strict";

/**
 * Entry of `npm start` and `npm test`: `node tools/setup/bootstrap.cjs start|test|… [arguments]`.
 * Needs nothing but Node and npm. Installs the npm packages, if any is missing or of another version than
 * package-lock.json says, and goes on in main.ts, which can be loaded from then on.
 */

const { spawn } = require("node:child_process");
const fs = require("node:fs");
const os = require("node:os");
const path = require("node:path");
const { takeLock } = require("./lock.cjs");
const { atLeast, missingPackages } = require("./packages.cjs");

const root = path.resolve(__dirname, "../..");
const work = path.join(root, ".rehearsal");
const MINIMUM_NODE = [20, 19];

function readPackages(file) {
  try {
    return JSON.parse(fs.readFileSync(path.join(root, file), "utf8")).packages;
  } catch (error) {
    if (error.code === "ENOENT") return {};
    throw error;
  }
}

function missingNow() {
  const installed = readPackages("node_modules/.package-lock.json");
  return missingPackages(readPackages("package-lock.json"), installed, process.platform, process.arch);
}

/** Runs npm with the packages' own install scripts left out: see installPackages. Resolves to the exit code. */
function npmCi() {
  const args = ["ci", "--ignore-scripts", "--no-audit", "--no-fund"];
  const npm = process.env.npm_execpath;
  const [command, argv] = npm?.endsWith("npm-cli.js") ? [process.execPath, [npm, ...args]] : ["npm", args];
  return new Promise((resolve, reject) => {
    const child = spawn(command, argv, { cwd: root, stdio: ["ignore", "inherit", "inherit"] });
    const forward = (signal) => child.kill(signal);
    for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) process.on(signal, forward);
    child.on("error", reject);
    child.on("close", (code, signal) => {
      for (const name of ["SIGINT", "SIGTERM", "SIGHUP"]) process.removeListener(name, forward);
      if (signal) process.kill(process.pid, signal);
      else resolve(code);
    });
  });
}

/**
 * No install script is run: npm 11 asks for an approval of each, the one of @pulumi/command looks for
 * a plugin on the network, the one of ssh2 wants a C compiler. esbuild and swc ship their binaries as packages.
 */
async function installPackages() {
  if (missingNow().length === 0) return;
  const release = await takeLock(path.join(work, "setup.lock"), (owner) =>
    console.log(
      `setup: waiting for the set-up in process ${owner} (its lock: ${path.join(work, "setup.lock")})`,
    ),
  );
  try {
    const missing = missingNow();
    if (missing.length === 0) return;
    const began = Date.now();
    console.log(`setup: npm packages: ${missing.length} to install, running npm ci`);
    const code = await npmCi();
    if (code !== 0)
      throw new Error(`npm ci ended with exit code ${code}: see its message above, then run it again`);
    const left = missingNow();
    if (left.length > 0)
      throw new Error(`npm ci left out ${left.join(", ")}: remove node_modules and run npm ci`);
    console.log(`setup: npm packages: installed in ${((Date.now() - began) / 1000).toFixed(1)} s`);
  } finally {
    release();
  }
}

async function main([task, ...args]) {
  if (!atLeast(process.versions.node, MINIMUM_NODE)) {
    throw new Error(
      `Node ${MINIMUM_NODE.join(".")} or newer is needed, this is ${process.versions.node}: install it`,
    );
  }
  // An unset or empty HOME would send the caches of npm, Go and Pulumi to the file system's root.
  process.env.HOME ||= os.userInfo().homedir;
  // Everything temporary stays in this checkout: jest, Go and Pulumi all write to the system's folder otherwise.
  process.env.TMPDIR = path.join(work, "tmp");
  fs.mkdirSync(process.env.TMPDIR, { recursive: true });
  fs.chmodSync(process.env.TMPDIR, 0o700);
  await installPackages();
  require("../start/transpile.cjs");
  return require("./main.ts").main(task, args);
}

const argv = process.argv.slice(2);
main(argv).then(
  (code) => {
    process.exitCode = code;
  },
  (error) => {
    console.error(error.name === "RevealingError" ? error.message : `setup failed: ${error.message}`);
    if (argv[0]?.startsWith("test")) console.log("0 passed, 1 failed");
    process.exitCode = 1;
  },
);
