"use strict";

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
