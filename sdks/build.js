"use strict";

/*
 * Compiles the generated SDKs into their bin folders; run by `npm ci` as the project's own postinstall. The SDKs' own
 * postinstall is taken out, because it would pick up the project's other type packages and fail on them.
 */
const { spawn } = require("node:child_process");
const { once } = require("node:events");
const { readFileSync, writeFileSync } = require("node:fs");
const { join } = require("node:path");
const { digestOfSources } = require("./sources.cjs");

const compiler = require.resolve("typescript/bin/tsc");

async function build(sdk) {
  const folder = join(__dirname, sdk);
  // Before the compiler reads them: a text that changes meanwhile makes the build stale.
  const sources = digestOfSources(folder);
  const args = [compiler, "-p", folder, "--types", "node", "--skipLibCheck"];
  // Node keeps the compiler's compiled code in the common temporary folder otherwise (from 22.8), whoever made that folder there.
  const env = { ...process.env, NODE_DISABLE_COMPILE_CACHE: "1" };
  const [code] = await once(spawn(process.execPath, args, { env, stdio: "inherit" }), "close");
  if (code !== 0) throw new Error(`sdks/${sdk}: the compiler ended with ${code ?? "a signal"}`);
  // The SDK reads its own version from beside its compiled files; a second package of the same name would confuse jest. Written
  // last, it says which sources were compiled to their end (tools/setup/sdks.ts).
  const { version } = JSON.parse(readFileSync(join(folder, "package.json"), "utf8"));
  writeFileSync(join(folder, "bin", "package.json"), JSON.stringify({ version, sources }));
}

Promise.all(["authentik", "onepassword"].map(build)).catch((error) => {
  console.error(error.message);
  process.exitCode = 1;
});
