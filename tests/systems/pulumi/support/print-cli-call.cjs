"use strict";

require("../../../../tools/start/transpile.cjs");
const { cliCall } = require("../../../../systems/pulumi/cli-call.ts");

console.log(JSON.stringify(cliCall()));
