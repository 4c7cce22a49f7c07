"use strict";

/*
 * Prints a bundle as JSON: its text, its source map, and the files that went in. In a process of its own, because esbuild answers a plugin
 * only later, and who starts a program waits for it.
 */
const path = require("node:path");
const { decode, encode } = require("@jridgewell/sourcemap-codec");
const esbuild = require("esbuild");
const { isDebugger, isSeldomUsed } = require("./seldom-used.cjs");

const root = path.resolve(__dirname, "../..");
const toSlashes = (file) => file.split(path.sep).join("/");

/** What tools/start/small-process.cjs does where nothing is bundled. */
function smallProcess(bundle) {
  const toRoot = toSlashes(path.relative(path.dirname(bundle), root));
  return {
    name: "small-process",
    setup({ onLoad, onResolve, resolve }) {
      onResolve({ filter: /./ }, ({ importer, kind, path: request, resolveDir }) => {
        // What is transpiled one by one asks by `require`: a package that has a form for `import` too is not to be there twice.
        if (kind === "import-statement" && !request.startsWith("."))
          return resolve(request, { importer, kind: "require-call", resolveDir });
        const from = toSlashes(importer);
        if (isDebugger(request, from)) return { path: "debugger", namespace: "stands-for" };
        if (!isSeldomUsed(request, from)) return undefined;
        const real = request.startsWith(".") ? path.resolve(resolveDir, request) : request;
        const name = path.isAbsolute(real) ? path.relative(root, real) : `node_modules/${real}`;
        return { path: toSlashes(name), namespace: "seldom-used" };
      });
      onLoad({ filter: /./, namespace: "stands-for" }, () => ({
        contents: "exports.isInitializedAsync = () => Promise.resolve();",
      }));
      // The name is a variable, which esbuild does not follow: the module stays where it is.
      onLoad({ filter: /./, namespace: "seldom-used" }, ({ path: name }) => ({
        contents: `const file = require("node:path").join(__dirname, ${JSON.stringify(toRoot)}, ${JSON.stringify(name)});
          module.exports = require("./tools/start/seldom-used.cjs").lazily(() => require(file));`,
        resolveDir: root,
      }));
    },
  };
}

async function main({ bundle, entry }) {
  const { metafile, outputFiles } = await esbuild.build({
    absWorkingDir: root,
    stdin: { contents: entry, resolveDir: root, sourcefile: "entry.js" },
    plugins: [smallProcess(bundle)],
    // The native part of ssh2, which does without it where it was not compiled.
    external: ["*.node", "cpu-features"],
    bundle: true,
    platform: "node",
    target: "node20",
    // Without it esbuild prefers a form that only bundlers know.
    conditions: [],
    metafile: true,
    sourcemap: "external",
    sourcesContent: false,
    legalComments: "none",
    write: false,
    outfile: bundle,
    logLevel: "error",
  });
  const [map, text] = [/\.map$/, /\.js$/].map((name) =>
    outputFiles.find(({ path: file }) => name.test(file)),
  );
  // Elsewhere esbuild escapes them. One would make V8 keep the whole text in twice the memory.
  const ascii = text.text.replace(/^\s*(?:\*|\/\*|\/\/).*$/gm, (comment) =>
    comment.replace(/[^\0-\x7f]/g, "?"),
  );
  const inputs = Object.keys(metafile.inputs).filter((file) => !/^[a-z-]+:|^entry\.js$/.test(file));
  process.stdout.write(
    JSON.stringify({ text: ascii, map: ofOwnSources(JSON.parse(map.text), bundle), inputs }),
  );
}

/** A stack trace leads to the project's own sources; ten times as much would be read for those of packages. */
function ofOwnSources({ mappings, sources }, bundle) {
  const packages = path.join(root, "node_modules", path.sep);
  const isOwn = sources.map((source) => !path.resolve(path.dirname(bundle), source).startsWith(packages));
  const own = decode(mappings).map((line) => line.filter(([, source]) => isOwn[source]));
  // From zero, as the map counts; the first line of a bundle is none of esbuild's.
  const ownLines = own.flatMap((line, at) => (line.length > 0 ? [at + 1] : []));
  return JSON.stringify({
    version: 3,
    sources,
    names: [],
    mappings: `;${encode(own)}`,
    x_ownLines: ranges(ownLines),
  });
}

/** First and last of each row of numbers that follow each other. */
function ranges(numbers) {
  return numbers.reduce((all, each) => {
    const last = all.at(-1);
    if (last?.[1] === each - 1) last[1] = each;
    else all.push([each, each]);
    return all;
  }, []);
}

// esbuild has said what is wrong.
main(JSON.parse(process.argv[2])).catch(() => (process.exitCode = 1));
