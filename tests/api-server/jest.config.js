"use strict";

const base = require("../../jest.config.js");

/** @type {import("jest").Config} */
module.exports = {
  ...base,
  rootDir: "../..",
  testMatch: ["<rootDir>/tests/api-server/**/*.test.ts"],
  testPathIgnorePatterns: ["/node_modules/"],
};
