"use strict";

/*
 * Tunes V8 for processes that end after seconds: the program, the provider, the policies.
 *
 * The heap may grow by 30 % between two collections, instead of doubling and more: a thousand resources need 50 MiB, and
 * let to itself V8 has 200 before it looks. And a function must run fifteen times as long as usual before V8 optimises it: a preview
 * spent a quarter of the program's CPU time on optimised code that ran for a moment. What runs for long, such as a thousand
 * resources, is still optimised. A V8 that does not know a flag passes over it.
 */
const { setFlagsFromString } = require("node:v8");

setFlagsFromString("--heap-growing-percent=30");
setFlagsFromString("--interrupt-budget=1000000");
