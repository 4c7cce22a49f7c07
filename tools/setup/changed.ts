import { execFileSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { dirname, join, normalize } from "node:path";
import { SetupError } from "./progress";

/** Tests that compare sources and docs read all of them. */
const ALWAYS = ["tests/house/", "tests/docs/"];
/** Tests that run the program from this checkout name none of its files. */
const RUNS_THE_PROGRAM = "rehearsal/mission/pulumi.ts";
const PROGRAM = ["index.ts", "Pulumi.yaml", "provider/launch.cjs", "policy/launch.cjs"];
/** A change of these can affect everything. */
const EVERYTHING = ["package.json", "package-lock.json", "jest.config.js", "tsconfig.json", "tools/start/"];
const SOURCE = /\.(?:ts|cts|mts|js|cjs|mjs|sh|yaml)$|(?:^|\/)[^.]+$/;
/** With more in it than dots and slashes, as the folder above is where paths begin; a variable before it is such a folder. */
const LITERAL = /(["'`])(?:\$\{?\w+\}?\/)?((?=[./]*[\w@])[\w@.][\w@./-]*)\1/g;
/** Also what a bundle begins with, which tools/start/bundle.cjs takes from there: TypeScript's own imports name no suffix. */
const FROM_THE_ROOT = /^(?!\.).*\/|^\.\/.*\/.*\.ts$/;
const SUFFIXES = ["", ".ts", ".cts", ".cjs", ".js", "/index.ts"];

/**
 * The tests that a change of these files can affect: those that name one of them, or a folder of one, in an import,
 * in the path of a program that they start or of a file that they read, or through another file that does.
 *
 * @param files every file of the checkout, by its path from the root
 */
export function testsTouchedBy(
  changed: readonly string[],
  files: readonly string[],
  read: (file: string) => string,
): string[] {
  const tests = files.filter((file) => file.endsWith(".test.ts"));
  if (changed.some((file) => EVERYTHING.some((name) => file.startsWith(name)))) return tests;
  const named = namesIn(files, read);
  const touched = new Map<string, boolean>(changed.map((file) => [file, true]));
  const isTouched = (file: string): boolean => {
    const known = touched.get(file);
    if (known !== undefined) return known;
    const seen = new Set([file]);
    for (const each of seen) {
      if (touched.get(each) === true) {
        touched.set(file, true);
        return true;
      }
      for (const next of named(each)) seen.add(next);
    }
    for (const each of seen) touched.set(each, false);
    return false;
  };
  return tests.filter((test) => ALWAYS.some((folder) => test.startsWith(folder)) || isTouched(test));
}

/** The other files that a file names. */
function namesIn(
  files: readonly string[],
  read: (file: string) => string,
): (file: string) => readonly string[] {
  const all = new Set(files);
  const folders = new Map<string, string[]>();
  for (const file of files) {
    for (let folder = dirname(file); folder !== "."; folder = dirname(folder)) {
      folders.set(folder, [...(folders.get(folder) ?? []), file]);
    }
  }
  const known = new Map<string, readonly string[]>();
  const at = (path: string): readonly string[] => {
    const file = SUFFIXES.map((suffix) => path + suffix).find((each) => all.has(each));
    return file === undefined ? (folders.get(path) ?? []) : [file];
  };
  return (file) => {
    const found = known.get(file);
    if (found) return found;
    const names = SOURCE.test(file) ? [...read(file).matchAll(LITERAL)].map(([, , name = ""]) => name) : [];
    const paths = names.flatMap((name) => [
      ...at(normalize(join(dirname(file), name))),
      ...(FROM_THE_ROOT.test(name) ? at(normalize(name)) : []),
    ]);
    const named = [...new Set([...paths, ...(file === RUNS_THE_PROGRAM ? PROGRAM : [])])];
    known.set(file, named);
    return named;
  };
}

/**
 * The tests that the differences from a commit can affect, including uncommitted ones.
 *
 * @throws SetupError if git does not know the commit
 */
export function testsTouchedSince(root: string, commit: string): string[] {
  const git = (...args: string[]) =>
    execFileSync("git", args, { cwd: root, encoding: "utf8", stdio: ["ignore", "pipe", "pipe"] })
      .split("\0")
      .filter((file) => file !== "");
  const untracked = git("ls-files", "-z", "--others", "--exclude-standard");
  let differs: string[];
  try {
    differs = git("diff", "-z", "--name-only", "--merge-base", commit, "--");
  } catch {
    throw new SetupError(`git knows no commit ${commit}`, "npm test -- --changed, or --changed=BRANCH");
  }
  const files = [...git("ls-files", "-z"), ...untracked].filter((file) => existsSync(join(root, file)));
  return testsTouchedBy([...differs, ...untracked], files, (file) => readFileSync(join(root, file), "utf8"));
}
