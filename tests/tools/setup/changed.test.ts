import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { testsTouchedBy, testsTouchedSince } from "../../../tools/setup/changed";

const ROOT = resolve(__dirname, "../../..");
const files = execFileSync("git", ["ls-files", "-z"], { cwd: ROOT, encoding: "utf8" })
  .split("\0")
  .filter((file) => file !== "");
const touchedBy = (...changed: string[]) =>
  testsTouchedBy(changed, files, (file) => readFileSync(join(ROOT, file), "utf8"));

test.each([
  // By an import, by the program that a test starts, by the sh that is sent to a host, and by the folder that is read as a whole.
  ["commands/verify/report/text.ts", "tests/commands/verify/command.test.ts"],
  ["commands/verify/main.ts", "tests/commands/verify/command.test.ts"],
  ["systems/host/remote/common.sh", "tests/systems/host/faults.test.ts"],
  ["systems/host/remote/common.sh", "tests/systems/host/launcher.test.ts"],
  ["rehearsal/installations/tls.yaml", "tests/rehearsal/mission/installations.test.ts"],
  // The binary that a host's service starts is a script.
  ["rehearsal/zot/lock.ts", "tests/systems/host/faults.test.ts"],
  ["rehearsal/zot/start.cjs", "tests/systems/host/faults.test.ts"],
  ["rehearsal/zot/start.cjs", "tests/rehearsal/zot/login.test.ts"],
  // The engine runs the program, its provider and its policies.
  ["index.ts", "tests/engine/mission.test.ts"],
  ["components/key-retirement.ts", "tests/engine/pushers.test.ts"],
  ["provider/zot-api-key.ts", "tests/engine/moving-in.test.ts"],
  ["policy/rights.ts", "tests/engine/mission.test.ts"],
  ["commands/adopt/survey.ts", "tests/engine/only-a-host.test.ts"],
  ["docs/ci.md", "tests/engine/mission.test.ts"],
  ["docs/state.md", "tests/docs/guide.test.ts"],
  ["commands/ci/night.ts", "tests/house/arrows.test.ts"],
])("a change of %s runs %s", (changed, test) => {
  expect(touchedBy(changed)).toContain(test);
});

test.each([
  ["docs/state.md", "tests/engine/"],
  ["commands/who-can/main.ts", "tests/engine/"],
  ["commands/adopt/survey.ts", "tests/systems/host/"],
  ["tools/changelog/main.ts", "tests/systems/"],
  ["tests/systems/host/support/issuer.ts", "tests/engine/"],
])("a change of %s runs nothing below %s", (changed, folder) => {
  expect(touchedBy(changed).filter((test) => test.startsWith(folder))).toEqual([]);
});

test("a change of the start-up code runs everything", () => {
  const all = files.filter((file) => file.endsWith(".test.ts"));
  for (const changed of ["package-lock.json", "tools/start/transpile.cjs"])
    expect(touchedBy(changed)).toEqual(all);
});

test("an unknown commit is refused by name", () => {
  expect(() => testsTouchedSince(ROOT, "no-such-branch")).toThrow("git knows no commit no-such-branch");
});
