import { spawnSync } from "node:child_process";
import {
  copyFileSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";

/*
 * The launcher of the provider in a project of its own, whose provider says what it was made of. What a bundle is judged by is tested with
 * the policy pack's.
 */
const ROOT = resolve(__dirname, "../..");
let project: string;
let bundles: string;
beforeEach(() => {
  project = mkdtempSync(join(tmpdir(), "provider-"));
  mkdirSync(join(project, "provider"));
  cpSync(join(ROOT, "tools/start"), join(project, "tools/start"), { recursive: true });
  // Each by itself, so that what is kept is the project's own.
  mkdirSync(join(project, "node_modules"));
  for (const name of readdirSync(join(ROOT, "node_modules")).filter((each) => each !== ".cache"))
    symlinkSync(join(ROOT, "node_modules", name), join(project, "node_modules", name));
  bundles = join(project, "node_modules/.cache/zot-access-bundles");
  for (const name of ["launch.cjs", "pulumi-resource-zot-access"])
    copyFileSync(join(ROOT, "provider", name), join(project, "provider", name));
  writeFileSync(join(project, "package-lock.json"), "{}");
  source("main.ts", 'import { made } from "./made"; console.log(made, ...process.argv.slice(2));');
  source("made.ts", 'export const made: string = "first";');
});
afterEach(() => {
  rmSync(project, { recursive: true });
});

function source(name: string, text: string): void {
  writeFileSync(join(project, "provider", name), text);
}

/** As Pulumi starts it: from anywhere, with the engine's address. */
function launch(): string {
  const program = join(project, "provider/pulumi-resource-zot-access");
  const { stderr, stdout } = spawnSync(program, ["127.0.0.1:1"], { cwd: tmpdir(), encoding: "utf8" });
  return stdout + stderr;
}

test("it runs one bundle, with its bytecode, until a source has another text", () => {
  expect(launch()).toBe("first 127.0.0.1:1\n");
  const built = () => ["provider.js", "provider.cache"].map((name) => statSync(join(bundles, name)).mtimeMs);
  const first = built();
  expect(launch()).toBe("first 127.0.0.1:1\n");
  expect(built()).toEqual(first);
  source("made.ts", 'export const made: string = "second";');
  expect(launch()).toBe("second 127.0.0.1:1\n");
  expect(built()).not.toEqual(first);
});

test("where no bundle can be kept it runs its sources", () => {
  mkdirSync(join(project, "node_modules/.cache"));
  writeFileSync(bundles, "");
  expect(launch()).toBe("first 127.0.0.1:1\n");
  expect(existsSync(join(bundles, "provider.js"))).toBe(false);
});

test("the provider of this project starts from its bundle, and answers where it listens", () => {
  const { status, stdout } = spawnSync(
    process.execPath,
    [
      ...["--require", join(ROOT, "tools/start/transpile.cjs"), "-e"],
      // The server waits for requests for ever.
      `console.log = (line) => { process.stdout.write(line + "\\n"); process.exit(/^\\d+$/.test(line) ? 0 : 1); };
       process.argv.push("provider", "127.0.0.1:1"); require(${JSON.stringify(join(ROOT, "provider/launch.cjs"))});`,
    ],
    { encoding: "utf8" },
  );
  expect([stdout, status]).toEqual([expect.stringMatching(/^\d+\n$/), 0]);
});
