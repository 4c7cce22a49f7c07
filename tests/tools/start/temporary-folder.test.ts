import { execFileSync, spawnSync } from "node:child_process";
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { scripts } from "../../../package.json";

/*
 * Whoever shares a machine can prepare the common temporary folder. What a command finds there is not its own, so it looks at
 * nothing there that it has not made itself: neither code nor caches.
 */
const ROOT = resolve(__dirname, "../../..");
const LOADER = "node --require ./tools/start/transpile.cjs ";
/** Those that the set-up starts, with a temporary folder in the checkout. */
const SET_UP = "node tools/setup/bootstrap.cjs ";

let shared: string;
let note: string;
beforeEach(() => {
  shared = mkdtempSync(join(tmpdir(), "shared-"));
  note = `${shared}.reads`;
  for (const name of [`tsx-${process.getuid?.() ?? ""}`, "node-compile-cache", "jest_0", "esbuild"]) {
    mkdirSync(join(shared, name), { mode: 0o777 });
    writeFileSync(join(shared, name, "prepared"), "throw new Error('prepared code ran');");
  }
});
afterEach(() => {
  rmSync(shared, { recursive: true });
  rmSync(note, { force: true });
});

/** Runs what npm would, with everything that it looks at below the temporary folder noted. */
function readsOf(script: string) {
  const { stderr } = spawnSync("/bin/sh", ["-c", script], {
    cwd: ROOT,
    encoding: "utf8",
    env: {
      ...process.env,
      TMPDIR: shared,
      PATH: `${join(ROOT, "node_modules/.bin")}:${process.env["PATH"] ?? ""}`,
      NODE_OPTIONS: `--require ${join(ROOT, "tests/support/reads-below.cjs")}`,
      READS_BELOW: shared,
      READS_NOTE: note,
    },
  });
  return { reads: existsSync(note) ? readFileSync(note, "utf8").split("\n") : [], stderr };
}

// Without arguments each of them has loaded all its code when it tells its usage.
test.each(["verify", "who-can", "adopt", "release", "destroy", "conform", "changelog"] as const)(
  "%s looks at nothing in the common temporary folder",
  (name) => {
    const { reads, stderr } = readsOf(scripts[name]);
    expect(stderr).toContain(`npm run ${name} --`);
    expect(reads).toEqual([]);
  },
);

test("nor does the set-up, whose own temporary folder nobody else can read or write", () => {
  const { reads, stderr } = readsOf(`${SET_UP}nothing`);
  expect(stderr).toContain("there is no task nothing");
  expect(reads).toEqual([]);
});

test("the compiler that npm ci runs keeps no compiled code there either", () => {
  const compiler = join(shared, "node_modules/typescript/bin");
  mkdirSync(compiler, { recursive: true });
  const noting = `require("node:fs").appendFileSync(${JSON.stringify(note)}, process.env.NODE_DISABLE_COMPILE_CACHE ?? "kept");`;
  writeFileSync(join(compiler, "tsc"), noting);
  for (const sdk of ["authentik", "onepassword"]) {
    mkdirSync(join(shared, "sdks", sdk, "bin"), { recursive: true });
    writeFileSync(join(shared, "sdks", sdk, "package.json"), "{}");
  }
  for (const file of ["build.js", "sources.cjs"])
    copyFileSync(join(ROOT, "sdks", file), join(shared, "sdks", file));
  execFileSync(process.execPath, [join(shared, "sdks/build.js")]);
  expect(readFileSync(note, "utf8")).toBe("11");
});

test("every script of this project is started in one of these two ways", () => {
  const others = Object.entries(scripts)
    .filter(([name]) => name !== "postinstall")
    .map(([name, script]) => [name, script.replace(/^(?:ulimit [^;]*; )?(?:exec )?/, "")] as const)
    .filter(([, script]) => !script.startsWith(LOADER) && !script.startsWith(SET_UP));
  expect(others).toEqual([]);
});
