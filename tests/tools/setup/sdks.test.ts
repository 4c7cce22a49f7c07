import { execFileSync } from "node:child_process";
import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { isStale } from "../../../tools/setup/sdks";

const ROOT = resolve(__dirname, "../../..");

/** A project with two SDKs of one file each, as sdks/build.js compiles them. */
let root: string;
let sdk: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "sdk-test-"));
  sdk = join(root, "sdks", "authentik");
  symlinkSync(join(ROOT, "node_modules"), join(root, "node_modules"));
  for (const name of ["authentik", "onepassword"]) {
    const folder = join(root, "sdks", name);
    mkdirSync(folder, { recursive: true });
    cpSync(join(ROOT, "sdks/authentik/tsconfig.json"), join(folder, "tsconfig.json"));
    const settings = JSON.parse(readFileSync(join(folder, "tsconfig.json"), "utf8")) as object;
    writeFileSync(join(folder, "tsconfig.json"), JSON.stringify({ ...settings, files: ["index.ts"] }));
    writeFileSync(join(folder, "package.json"), JSON.stringify({ name, version: "1.2.3" }));
    writeFileSync(join(folder, "index.ts"), "export const answer = 1;\n");
  }
  for (const file of ["build.js", "sources.cjs"]) cpSync(join(ROOT, "sdks", file), join(root, "sdks", file));
});
afterEach(() => {
  rmSync(root, { recursive: true });
});

const build = () => execFileSync(process.execPath, [join(root, "sdks/build.js")]);

/** As `rsync -a` and `cp -p` leave it: another text that is older than the build. */
function replace(name: string, text: string) {
  writeFileSync(join(sdk, name), text);
  utimesSync(join(sdk, name), 100, 100);
}

test("an SDK is stale until its build has ended, and whenever a source has another text, of whatever time", () => {
  mkdirSync(join(sdk, "bin"));
  writeFileSync(join(sdk, "bin", "index.js"), "");
  expect(isStale(sdk)).toBe(true);
  build();
  expect(isStale(sdk)).toBe(false);
  replace("index.ts", "export const answer = 2;\n");
  expect(isStale(sdk)).toBe(true);
  build();
  expect(isStale(sdk)).toBe(false);
  expect(readFileSync(join(sdk, "bin/index.js"), "utf8")).toContain("answer = 2");
  replace("other.ts", "export {};\n");
  expect(isStale(sdk)).toBe(true);
});

test("what a build and npm put beside the sources makes no SDK stale, nor do times", () => {
  build();
  mkdirSync(join(sdk, "node_modules/thing"), { recursive: true });
  replace("node_modules/thing/package.json", "{}");
  writeFileSync(join(sdk, "index.ts"), "export const answer = 1;\n");
  expect(isStale(sdk)).toBe(false);
});

test("an SDK that an earlier version of this project compiled is compiled anew", () => {
  mkdirSync(join(sdk, "bin"));
  writeFileSync(join(sdk, "bin/package.json"), JSON.stringify({ version: "1.2.3" }));
  expect(isStale(sdk)).toBe(true);
});
