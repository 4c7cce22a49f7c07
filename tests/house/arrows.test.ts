import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { dirname, join, relative, resolve } from "node:path";
import ts from "typescript";

/*
 * Which room may import which: CONTRIBUTING.md tells what each is for. An arrow that is not here is a piece in the wrong
 * room, and one that leads back makes a circle.
 */
const ROOT = resolve(__dirname, "../..");
const SYSTEMS = ["http", "authentik", "forgejo", "host", "kubernetes", "onepassword", "pulumi", "zot"];
const COMMANDS = ["adopt", "ci", "conform", "destroy", "release", "verify", "who-can", "with-key"];
const systems = ["systems", ...SYSTEMS.map((name) => `systems/${name}`)];

const ARROWS: Record<string, readonly string[]> = {
  systems: [],
  // Words and texts that every system needs.
  "systems/http": ["systems"],
  ...Object.fromEntries(SYSTEMS.slice(1).map((name) => [`systems/${name}`, ["systems", "systems/http"]])),
  // What zot's config may say decides what is dangerous on its host.
  "systems/host": ["systems", "systems/http", "systems/zot"],
  config: systems,
  keys: systems,
  provider: ["tools/start", "keys", ...systems],
  policy: ["tools/start", "provider", "keys", "config", ...systems],
  components: ["provider", "keys", "config", ...systems],
  "commands/shared": ["config", ...systems],
  ...Object.fromEntries(
    COMMANDS.map((name) => [
      `commands/${name}`,
      ["commands/shared", "provider", "keys", "config", ...systems],
    ]),
  ),
  // Who may do what is read from a stack's deployed key and zot's version, as verify reads them.
  "commands/who-can": ["commands/verify", "commands/shared", "config", ...systems],
  "index.ts": ["components", "config", ...systems],
  rehearsal: ["tools/start", "commands/shared", "commands/verify", "keys", "config", ...systems],
  // By which every process of TypeScript is started.
  "tools/start": [],
  tools: [
    "sdks",
    "tools/start",
    "rehearsal",
    "components",
    "commands/conform",
    "commands/shared",
    "config",
    ...systems,
  ],
};

function sources(folder: string): string[] {
  return readdirSync(join(ROOT, folder), { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile() && /\.(?:ts|cts|cjs)$/.test(entry.name))
    .map((entry) => relative(ROOT, join(entry.parentPath, entry.name)))
    .filter((file) => !file.startsWith("policy/bin/"));
}

function roomOf(path: string): string {
  const [top = "", next = ""] = path.split("/");
  const isFolder = statSync(join(ROOT, top, next), { throwIfNoEntry: false })?.isDirectory() ?? false;
  const isRoom = top === "systems" || top === "commands" || (top === "tools" && next === "start");
  return isRoom && isFolder ? `${top}/${next}` : top;
}

/** What a file imports of this project, types too. */
function importsOf(file: string): string[] {
  const { importedFiles } = ts.preProcessFile(readFileSync(join(ROOT, file), "utf8"), true, true);
  return importedFiles
    .map(({ fileName }) => fileName)
    .filter((name) => name.startsWith("."))
    .map((name) => relative(ROOT, resolve(join(ROOT, dirname(file)), name)))
    .filter((target) => !target.endsWith(".json"));
}

const files = ["index.ts", ...readdirSync(ROOT).filter((name) => name in ARROWS || name === "commands")]
  .filter((name, at, all) => all.indexOf(name) === at)
  .flatMap((name) => (name === "index.ts" ? [name] : sources(name)));

test("no room imports another against the arrows", () => {
  expect(files.length).toBeGreaterThan(200);
  const against = files.flatMap((file) =>
    importsOf(file)
      .filter((target) => {
        const [from, to] = [roomOf(file), roomOf(target)];
        return from !== to && !(ARROWS[from] ?? []).includes(to);
      })
      .map((target) => `${file} -> ${target}`),
  );
  expect(against).toEqual([]);
});

test("the rooms import each other in no circle", () => {
  const below = (room: string, path: readonly string[]): string[] => {
    if (path.includes(room)) return [[...path, room].join(" -> ")];
    return (ARROWS[room] ?? []).flatMap((next) => below(next, [...path, room]));
  };
  expect(Object.keys(ARROWS).flatMap((room) => below(room, []))).toEqual([]);
});

test("no file imports itself through others", () => {
  const graph = new Map(files.map((file) => [file, importsOf(file).flatMap(existing)]));
  const done = new Set<string>();
  const circles: string[] = [];
  const visit = (file: string, path: readonly string[]): void => {
    if (path.includes(file)) circles.push([...path.slice(path.indexOf(file)), file].join(" -> "));
    else if (!done.has(file)) {
      for (const next of graph.get(file) ?? []) visit(next, [...path, file]);
      done.add(file);
    }
  };
  for (const file of files) visit(file, []);
  expect(circles).toEqual([]);
});

function existing(path: string): string[] {
  const forms = [path, `${path}.ts`, `${path}/index.ts`];
  return forms
    .filter((form) => existsSync(join(ROOT, form)) && statSync(join(ROOT, form)).isFile())
    .slice(0, 1);
}
