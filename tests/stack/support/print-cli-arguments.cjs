"use strict";

require("../../../transpile.cjs");
const { argumentsOfCli } = require("../../../stack/cli-arguments.ts");

console.log(JSON.stringify(argumentsOfCli()));
