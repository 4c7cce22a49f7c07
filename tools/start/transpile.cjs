"use strict";

/*
 * Starts a process of this project that is written in TypeScript: `node --require ./transpile.cjs main.ts`. The program, the
 * provider, every command and the set-up are started by it. What works with the TypeScript compiler itself takes typescript.cjs
 * alone.
 */
require("./small-process.cjs");
require("./typescript.cjs");
