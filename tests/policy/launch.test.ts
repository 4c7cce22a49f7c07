import { spawnSync } from "node:child_process";
import {
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";

/*
 * The launcher of the policy pack in a project of its own, whose pack says what it was made of.
 */
const ROOT = resolve(__dirname, "../..");
let project: string;
beforeEach(() => {
  project = mkdtempSync(join(tmpdir(), "policy-"));
  mkdirSync(join(project, "policy"));
  symlinkSync(join(ROOT, "node_modules"), join(project, "node_modules"));
  copyFileSync(join(ROOT, "policy/launch.cjs"), join(project, "policy/launch.cjs"));
  source(
    "main.ts",
    `import { rules } from "./rules"; console.log(rules, process.cwd() === ${JSON.stringify(project)});`,
  );
  source("rules.ts", 'export const rules = "first";');
  writeFileSync(join(project, "package-lock.json"), "{}");
  const early = new Date(Date.now() - 60_000);
  for (const file of ["policy/launch.cjs", "policy/main.ts", "policy/rules.ts", "package-lock.json"])
    utimesSync(join(project, file), early, early);
});
afterEach(() => {
  rmSync(project, { recursive: true });
});

function source(name: string, text: string): void {
  writeFileSync(join(project, "policy", name), text);
}

/** As Pulumi starts it: from anywhere. */
function launch(): string {
  const { stdout, stderr } = spawnSync(process.execPath, [join(project, "policy/launch.cjs")], {
    cwd: tmpdir(),
    encoding: "utf8",
  });
  return stdout + stderr;
}

const built = () => statSync(join(project, "policy/bin/pack.js")).mtimeMs;

test("it bundles the pack once, and runs the bundle from then on", () => {
  expect(launch()).toBe("first true\n");
  const first = built();
  expect(launch()).toBe("first true\n");
  expect(built()).toBe(first);
});

test("a source that was changed, or is gone, is never run in its old form", () => {
  launch();
  source("rules.ts", 'export const rules = "second";');
  expect(launch()).toBe("second true\n");
  source("other.ts", 'export const rules = "moved";');
  source("main.ts", 'import { rules } from "./other"; console.log(rules);');
  rmSync(join(project, "policy/rules.ts"));
  expect(launch()).toBe("moved\n");
});

test.each(["package-lock.json", "policy/launch.cjs"])("a newer %s makes the bundle anew", (file) => {
  launch();
  const first = built();
  const later = new Date(Date.now() + 1000);
  utimesSync(join(project, file), later, later);
  launch();
  expect(built()).toBeGreaterThan(first);
});

test("a pack that cannot be bundled does not run, neither in its old form", () => {
  launch();
  source("rules.ts", "export const rules = ;");
  const said = launch();
  expect(said).toContain("rules.ts");
  expect(said).not.toContain("first");
});
