import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { sourceChecks } from "../../../tools/setup/checks";
import { CleanTexts } from "../../../tools/setup/clean-texts";

/*
 * The source checks in a small checkout of its own, with a compiler, ESLint and Prettier that write down what they were asked to read and
 * find what the test tells them to find.
 */
let folder: string;
let home: string;
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), "clean-texts-"));
  folder = clone("first");
});
afterEach(() => {
  rmSync(home, { recursive: true });
});

const TOOL = `const { appendFileSync, existsSync, readFileSync } = require("node:fs");
appendFileSync("asked", process.argv.slice(2).filter((word) => !word.startsWith("-")).join(" ") + "\\n");
if (existsSync("meanwhile")) appendFileSync(readFileSync("meanwhile", "utf8"), " ");
`;

function clone(name: string): string {
  const root = join(home, name);
  const write = (file: string, text: string) => {
    mkdirSync(join(root, file, ".."), { recursive: true });
    writeFileSync(join(root, file), text);
  };
  write("a.ts", "export const a = 1;\n");
  write("b.md", "# B\n");
  write(".prettierrc.json", "{}\n");
  write(".gitignore", "node_modules\nasked\nmeanwhile\nfound\n");
  write("node_modules/.package-lock.json", '{"prettier":"1"}');
  write(
    "node_modules/prettier/bin/prettier.cjs",
    `${TOOL}if (existsSync("found")) { console.log("b.md"); process.exit(1); }`,
  );
  write(
    "tools/setup/lint.ts",
    `${TOOL}console.log(JSON.stringify({ types: existsSync("found") ? ["a.ts: wrong"] : [], eslint: [] }));`,
  );
  write("tools/start/typescript.cjs", "");
  execFileSync("git", ["init", "-q", root]);
  return root;
}

interface Checked {
  /** By the compiler, ESLint, and Prettier. */
  readonly found: readonly (readonly string[])[];
  /** A line for each tool that was started. */
  readonly asked: readonly string[];
}

async function check(root = folder): Promise<Checked> {
  rmSync(join(root, "asked"), { force: true });
  const checks = sourceChecks(root, process.env, new CleanTexts(join(home, "kept", "clean-texts")));
  const found: (readonly string[])[] = [];
  for (const each of checks.filter(({ name }) => name !== "shellcheck")) found.push(await each.problems());
  const file = join(root, "asked");
  const asked = existsSync(file) ? readFileSync(file, "utf8").slice(0, -1).split("\n") : undefined;
  return { found, asked: asked ?? [] };
}

const CLEAN = [[], [], []];

test("what was found clean is not read again, in this checkout or in another clone of it", async () => {
  const first = await check();
  expect(first.found).toEqual(CLEAN);
  expect(first.asked).toHaveLength(2);
  expect(first.asked[1]?.split(" ").sort()).toEqual(
    [
      ".gitignore",
      ".prettierrc.json",
      "a.ts",
      "b.md",
      "tools/setup/lint.ts",
      "tools/start/typescript.cjs",
    ].sort(),
  );
  expect(await check()).toEqual({ found: CLEAN, asked: [] });
  expect(await check(clone("second"))).toEqual({ found: CLEAN, asked: [] });
});

test.each([
  ["a file that the compiler reads", "a.ts", "export const a = 2;\n", ["", "a.ts"]],
  ["a file that it does not read", "b.md", "# C\n", ["b.md"]],
  ["a file that nobody added yet", "new/c.ts", "export {};\n", ["", "new/c.ts"]],
])("%s is read again after a change, and it alone by Prettier", async (_, file, text, asked) => {
  await check();
  mkdirSync(join(folder, file, ".."), { recursive: true });
  writeFileSync(join(folder, file), text);
  expect(await check()).toEqual({ found: CLEAN, asked });
});

test.each([
  ["how Prettier formats", ".prettierrc.json", '{ "printWidth": 90 }\n'],
  ["which packages are installed", "node_modules/.package-lock.json", '{"prettier":"2"}'],
])("all is read again after a change of %s", async (_, file, text) => {
  const first = await check();
  writeFileSync(join(folder, file), text);
  expect(await check()).toEqual(first);
});

test("a file that is renamed is read again, as its name tells by which rules", async () => {
  await check();
  renameSync(join(folder, "b.md"), join(folder, "c.md"));
  expect((await check()).asked).toEqual(["c.md"]);
});

test("what was found wrong is told by each run, and once it is mended no longer", async () => {
  writeFileSync(join(folder, "found"), "");
  const wrong = [["a.ts: wrong"], [], ["b.md"]];
  expect((await check()).found).toEqual(wrong);
  expect((await check()).found).toEqual(wrong);
  rmSync(join(folder, "found"));
  expect((await check()).found).toEqual(CLEAN);
});

test("a text that changes while it is read is read again by the next run", async () => {
  writeFileSync(join(folder, "meanwhile"), "a.ts");
  expect((await check()).found).toEqual(CLEAN);
  rmSync(join(folder, "meanwhile"));
  expect((await check()).asked).toEqual(["", "a.ts"]);
  expect((await check()).asked).toEqual([]);
});
