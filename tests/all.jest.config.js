"use strict";

const base = require("../jest.config.js");

/**
 * The tests of `npm test` and those of `npm run test:cluster`, which fill each other's waiting.
 *
 * @type {import("jest").Config}
 */
module.exports = { ...base, rootDir: "..", testPathIgnorePatterns: ["/node_modules/"] };
