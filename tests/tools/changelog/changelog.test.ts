import { spawnSync } from "node:child_process";
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ChangelogError, collect, type Fragment } from "../../../tools/changelog/collect";
import { LOADER } from "../../support/loader";

const ROOT = join(__dirname, "../../..");
const HEAD = "# Changelog\n\nWhat this is.\n";
const RELEASE = { version: "0.2.0", date: "2026-11-25", packaged: "0.2.0" };
const ADDED: Fragment = { file: "verify.added.md", text: "Verify a stack.\n" };

const problemsOf = (changelog: string, release: typeof RELEASE, fragments: Fragment[]): readonly string[] => {
  try {
    return [collect(changelog, release, fragments)];
  } catch (error) {
    if (!(error instanceof ChangelogError)) throw error;
    return error.problems;
  }
};

test("fragments become a section by type and name, above the earlier ones", () => {
  const first = collect(HEAD, { ...RELEASE, version: "0.1.0", packaged: "0.1.0" }, [ADDED]);
  expect(first).toBe(`${HEAD}\n## [0.1.0] - 2026-11-25\n\n### Added\n\n- Verify a stack.\n`);
  const second = collect(first, RELEASE, [
    { file: "zot.security.md", text: "Close a hole." },
    { file: "b.added.md", text: "B,\nin two lines" },
    { file: "a.added.md", text: "A" },
  ]);
  expect(second).toBe(
    `${HEAD}\n## [0.2.0] - 2026-11-25\n\n### Added\n\n- A\n- B,\n  in two lines\n\n### Security\n\n- Close a hole.\n\n` +
      first.slice(first.indexOf("## [0.1.0]")),
  );
});

test.each([
  [
    "a type that does not exist",
    { file: "verify.feature.md", text: "x" },
    "TYPE one of added, changed, removed, fixed",
  ],
  ["a file that is no fragment", { file: "notes.txt", text: "x" }, "call it NAME.TYPE.md"],
  ["an empty fragment", { file: "verify.fixed.md", text: " \n" }, "changelog.d/verify.fixed.md is empty"],
])("refuses %s", (_name, fragment, problem) => {
  expect(problemsOf(HEAD, RELEASE, [ADDED, fragment])).toEqual([expect.stringContaining(problem)]);
});

test.each(["v0.2.0", "0.2", "01.2.0", "0.2.0-", "next"])("refuses %s as a version", (version) => {
  expect(problemsOf(HEAD, { ...RELEASE, version, packaged: version }, [ADDED])).toEqual([
    expect.stringContaining(`"${version}" is no version`),
  ]);
});

test.each(["2026-02-30", "25.11.2026", "today"])("refuses %s as a date", (date) => {
  expect(problemsOf(HEAD, { ...RELEASE, date }, [ADDED])).toEqual([
    expect.stringContaining(`"${date}" is no day`),
  ]);
});

test("refuses a version that the package does not have", () => {
  expect(problemsOf(HEAD, { ...RELEASE, packaged: "0.1.0" }, [ADDED])).toEqual([
    "package.json says 0.1.0: run `npm version --no-git-tag-version 0.2.0` first",
  ]);
});

test("reports all problems together", () => {
  const released = collect(HEAD, RELEASE, [ADDED]);
  expect(problemsOf(released, { ...RELEASE, date: "today" }, [])).toEqual([
    expect.stringContaining("is no day"),
    "0.2.0 is in CHANGELOG.md already: take the next version",
    "changelog.d/ holds no fragment: there is nothing to release",
  ]);
});

describe("the command", () => {
  let folder: string;
  beforeEach(() => (folder = mkdtempSync(join(tmpdir(), "changelog-"))));
  afterEach(() => rmSync(folder, { recursive: true }));

  const run = (...args: string[]) =>
    spawnSync(process.execPath, ["--require", LOADER, join(ROOT, "tools/changelog/main.ts"), ...args], {
      cwd: folder,
      encoding: "utf8",
    });
  const held = () => [
    readFileSync(join(folder, "CHANGELOG.md"), "utf8"),
    readdirSync(join(folder, "changelog.d")),
  ];

  test("takes the project's own fragments, and changes nothing where it must refuse", () => {
    mkdirSync(join(folder, "changelog.d"));
    cpSync(join(ROOT, "CHANGELOG.md"), join(folder, "CHANGELOG.md"));
    cpSync(join(ROOT, "changelog.d"), join(folder, "changelog.d"), { recursive: true });
    writeFileSync(join(folder, "changelog.d/test.fixed.md"), "A test.\n");
    writeFileSync(join(folder, "package.json"), '{"version": "9.0.0"}');
    const before = held();
    const refused = run("v9.0.0");
    expect([refused.status, refused.stderr]).toEqual([1, expect.stringContaining("nothing was changed\n- ")]);
    expect(held()).toEqual(before);
    expect(run("9.0.0", "--date", "2026-11-25")).toMatchObject({ status: 0, stderr: "" });
    // Git drops an empty folder, and the next change would have nowhere to go.
    expect(held()).toEqual([expect.stringContaining("\n## [9.0.0] - 2026-11-25\n"), ["README.md"]]);
    expect(held()[0]).toContain("\n- A test.\n");
    expect(existsSync(join(folder, "CHANGELOG.md.new"))).toBe(false);
  });
});
