"use strict";

/*
 * Compiles the generated SDKs into their bin folders; run by `npm ci` as the project's own postinstall. The SDKs' own
 * postinstall is taken out, because it would pick up the project's other type packages and fail on them.
 */
const { execFileSync } = require("node:child_process");
const { readFileSync, writeFileSync } = require("node:fs");
const { join } = require("node:path");

const compiler = require.resolve("typescript/bin/tsc");
for (const sdk of ["authentik", "onepassword"]) {
  const folder = join(__dirname, sdk);
  execFileSync(process.execPath, [compiler, "-p", folder, "--types", "node", "--skipLibCheck"], {
    stdio: "inherit",
  });
  // The SDK reads its own version from beside its compiled files; a second package of the same name would confuse jest.
  const { version } = JSON.parse(readFileSync(join(folder, "package.json"), "utf8"));
  writeFileSync(join(folder, "bin", "package.json"), JSON.stringify({ version }));
}
