"use strict";

// Node reads all of these certificates at each start: of the 150 of a usual system that takes 33 ms of CPU, as long as the rest of the start,
// and a run of the tests starts thousands. Only a real server, of those that a rehearsal can be given, may need them.
if (!process.env.AUTHENTIK_URL && !process.env.FORGEJO_URL) delete process.env.NODE_EXTRA_CA_CERTS;

/** @type {import("jest").Config} */
module.exports = {
  cacheDirectory: "<rootDir>/node_modules/.cache/jest",
  testEnvironment: "node",
  // It ends a hang. Whoever waits for real processes is slow on a busy machine, and right all the same.
  testTimeout: 1_200_000,
  // Much of the time is waiting for real processes: on two cores CI takes 6 min 18 s with three, 5 min 42 s with four.
  maxWorkers: 4,
  testSequencer: "<rootDir>/tests/sequencer.js",
  testMatch: ["<rootDir>/tests/**/*.test.ts"],
  // Built and run by `npm run test:cluster`.
  testPathIgnorePatterns: ["/node_modules/", "<rootDir>/tests/api-server/"],
  modulePathIgnorePatterns: ["<rootDir>/.rehearsal/"],
  transform: {
    "^.+\\.ts$": [
      "@swc/jest",
      { jsc: { parser: { syntax: "typescript" }, target: "es2022" }, module: { type: "commonjs" } },
    ],
  },
};
