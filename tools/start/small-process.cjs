"use strict";

/*
 * Keeps the program, the provider and the commands small, each of which is a Node process of its own: what they load at their start and
 * seldom use is put off until its first touch. That is half of the modules, of the start's CPU time, and of the memory at rest.
 */
require("./short-run.cjs");
const Module = require("node:module");
const { takeNoStacks } = require("./promise-stacks.cjs");
const { isDebugger, isSeldomUsed, lazily } = require("./seldom-used.cjs");

const DEBUGGABLE = /(?:^|\/)debuggable$/;

const load = Module._load;
Module._load = function (request, parent, isMain) {
  const importer = parent?.filename ?? "";
  if (isDebugger(request, importer)) return { isInitializedAsync: () => Promise.resolve() };
  const now = () => load.call(this, request, parent, isMain);
  if (DEBUGGABLE.test(request)) return takeNoStacks(now());
  return isSeldomUsed(request, importer) ? lazily(now) : now();
};
