"use strict";

/*
 * Stack traces lead to the lines of the sources. Pulumi's library takes one of every promise and resource, which
 * source-map-support, that it would install, makes a fifth of the program's CPU time: it reads the maps of all packages for it.
 * And by them it names files right below a scope, `node_modules/@pulumi/resource.ts:1:2`: on such a line Node's util.inspect,
 * by which Pulumi shows errors, with colours goes round until it has filled a string (20.20.2). That took 90 s.
 */
const { SourceMap } = require("node:module");
const { dirname, resolve } = require("node:path");

/** How to read a file's map, and from its first use in a stack trace on the map itself, by file. */
const maps = new Map();

/** @param read gives the map of a file that was made of others, as JSON, or undefined */
function mapStacksOf(file, read) {
  maps.set(file, { read });
}

/**
 * Pulumi's library writes into the state where each resource is declared, by a stack for each (Resource.callsites). In a bundle that would be
 * its lines, which change with every source; to map them, each preview would read the map.
 */
function dropResourceStacks() {
  dropsResources = true;
}
let dropsResources = false;

const isOfResource = ([frame]) =>
  frame?.getFunctionName() === "callsites" && frame.getTypeName() === "Function";

Error.prepareStackTrace = ({ name = "Error", message = "" }, frames) => {
  if (dropsResources && isOfResource(frames)) return name;
  const head = message === "" ? name : `${name}: ${message}`;
  return [head, ...frames.map((frame) => `    at ${mapped(frame)}`)].join("\n");
};

function mapped(frame) {
  const text = String(frame);
  const file = frame.getFileName();
  const [line, column] = [frame.getLineNumber(), frame.getColumnNumber()];
  const map = mapOf(file, line);
  if (!map) return text;
  const { originalLine, originalColumn, originalSource } = map.findEntry(line - 1, column - 1);
  if (originalLine === undefined) return text;
  const source = resolve(dirname(file), originalSource);
  return text.replace(`${file}:${line}:${column}`, `${source}:${originalLine + 1}:${originalColumn + 1}`);
}

/** Undefined where the file has none, or where the line is of a package: to decode a map takes longer than to read it. */
function mapOf(file, line) {
  const known = maps.get(file);
  if (known === undefined) return undefined;
  if (known.payload === undefined) known.payload = JSON.parse(known.read() ?? "null");
  const { payload } = known;
  const isMapped =
    payload?.x_ownLines?.some(([first, last]) => first <= line - 1 && line - 1 <= last) ?? true;
  if (payload === null || !isMapped) return undefined;
  return (known.map ??= new SourceMap(payload));
}

module.exports = { dropResourceStacks, mapStacksOf };
