import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { LOADER } from "../../support/loader";

const ROOT = resolve(__dirname, "../../..");
const COMMANDS = readdirSync(join(ROOT, "commands")).filter((name) =>
  existsSync(join(ROOT, "commands", name, "main.ts")),
);
const PROGRAMS = [
  ...COMMANDS.map((name) => [`npm run ${name} --`, `commands/${name}/main.ts`]),
  ["npm run changelog --", "tools/changelog/main.ts"],
  ["npm run conform --", "tools/conform/main.ts"],
  ["npm run versions --", "tools/versions/main.ts"],
  ["npm run bench --", "tools/bench/main.ts"],
  ["npm start --", "rehearsal/main.ts"],
] as [called: string, program: string][];

let folder: string;
beforeAll(() => (folder = mkdtempSync(join(tmpdir(), "command-line-"))));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** In an empty folder, so that nothing of this checkout could be changed, and with no variable of a job. */
const run = (program: string, ...args: string[]) =>
  spawnSync(process.execPath, ["--require", LOADER, join(ROOT, program), ...args], {
    cwd: folder,
    encoding: "utf8",
    env: { PATH: "/usr/bin:/bin", HOME: folder, TMPDIR: process.env["TMPDIR"] },
  });

test.each(PROGRAMS)("%s has help with its usage and exit codes", (called, program) => {
  const { status, stdout, stderr } = run(program, "--help");
  expect([status, stderr]).toEqual([0, ""]);
  expect(stdout).toContain(`Usage: ${called}`);
  expect(stdout).toMatch(/\nOptions:\n[^]*-h, --help +show this\n\nExit code:\n {2}0 {2}\S[^]*\n {2}2 {2}\S/);
});

test.each(PROGRAMS)("%s refuses unknown arguments with the help, and starts nothing", (called, program) => {
  const { status, stdout, stderr } = run(program, "--hepl");
  expect([status, stdout]).toEqual([2, ""]);
  expect(stderr).toContain("unknown option '--hepl'\n(Did you mean --help?)");
  expect(stderr).toContain(`Usage: ${called}`);
  expect(readdirSync(folder)).toEqual([]);
});

/** CI's has its own rules, and with-key runs any other command. */
const WITHOUT_STACK = ["ci", "with-key"];

test.each(COMMANDS.filter((name) => !WITHOUT_STACK.includes(name)))(
  "%s takes the stack by its option",
  (name) => {
    expect(run(`commands/${name}/main.ts`, "--stack=").stderr).toContain("--stack is missing or empty");
    expect(run(`commands/${name}/main.ts`, "--stak", "x").stderr).toContain("Did you mean --stack?");
  },
);

test("every program uses the shared argument parser", () => {
  const sources = ["commands", "rehearsal", "tools"].flatMap((room) =>
    readdirSync(join(ROOT, room), { withFileTypes: true, recursive: true })
      .filter((entry) => entry.isFile() && entry.name.endsWith(".ts"))
      .map((entry) => join(entry.parentPath, entry.name)),
  );
  expect(sources.length).toBeGreaterThan(100);
  // Reads what 1Password's own command takes.
  const standIn = join(ROOT, "rehearsal/onepassword/op/op.ts");
  expect(
    sources
      .filter((file) => file !== standIn)
      .filter((file) => readFileSync(file, "utf8").includes("parseArgs")),
  ).toEqual([]);
});
