"use strict";

require("../../../../tools/start/transpile.cjs");
const { argumentsOfCli } = require("../../../../systems/pulumi/cli-arguments.ts");

console.log(JSON.stringify(argumentsOfCli()));
