import { spawnSync } from "node:child_process";
import {
  appendFileSync,
  chmodSync,
  copyFileSync,
  cpSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
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
  cpSync(join(ROOT, "tools/start"), join(project, "tools/start"), { recursive: true });
  symlinkSync(join(ROOT, "node_modules"), join(project, "node_modules"));
  copyFileSync(join(ROOT, "policy/launch.cjs"), join(project, "policy/launch.cjs"));
  source(
    "main.ts",
    `import { rules } from "./rules"; console.log(rules, process.cwd() === ${JSON.stringify(project)});`,
  );
  source("rules.ts", 'export const rules = "first";');
  writeFileSync(join(project, "package-lock.json"), "{}");
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

test("it bundles the pack once, and runs that bundle afterwards", () => {
  expect(launch()).toBe("first true\n");
  const first = built();
  expect(launch()).toBe("first true\n");
  expect(built()).toBe(first);
});

test("a changed or deleted source is never run from an old bundle", () => {
  launch();
  source("rules.ts", 'export const rules = "second";');
  expect(launch()).toBe("second true\n");
  source("other.ts", 'export const rules = "moved";');
  source("main.ts", 'import { rules } from "./other"; console.log(rules);');
  rmSync(join(project, "policy/rules.ts"));
  expect(launch()).toBe("moved\n");
});

test("a source with an older mtime, as `rsync -a` and `cp -p` leave, is bundled anew", () => {
  launch();
  source("rules.ts", 'export const rules = "copied";');
  const early = new Date(Date.now() - 86_400_000);
  utimesSync(join(project, "policy/rules.ts"), early, early);
  expect(launch()).toBe("copied true\n");
});

test.each(["package-lock.json", "policy/launch.cjs", "tools/start/bundle.cjs"])(
  "another %s rebuilds the bundle",
  (file) => {
    launch();
    const first = built();
    appendFileSync(join(project, file), "\n");
    launch();
    expect(built()).toBeGreaterThan(first);
  },
);

test("a bundle in a folder that others can write is not run", () => {
  launch();
  const file = join(project, "policy/bin/pack.js");
  const [head = ""] = readFileSync(file, "utf8").split("\n");
  writeFileSync(file, `${head}\nconsole.log("theirs");`);
  expect(launch()).toBe("theirs\n");
  chmodSync(join(project, "policy/bin"), 0o777);
  expect(launch()).toBe("first true\n");
  expect(statSync(join(project, "policy/bin")).mode & 0o022).toBe(0);
});

const bytecode = () => join(project, "policy/bin/pack.cache");

test("its bytecode is kept, and used only for the text and the V8 that it was made of", () => {
  expect(launch()).toBe("first true\n");
  const [kept, first] = [readFileSync(bytecode()), statSync(bytecode()).mtimeMs];
  expect(launch()).toBe("first true\n");
  expect(statSync(bytecode()).mtimeMs).toBe(first);
  // As long as the text before: V8 itself compares lengths alone.
  source("rules.ts", 'export const rules = "other";');
  expect(launch()).toBe("other true\n");
  expect(readFileSync(bytecode()).equals(kept)).toBe(false);
  for (const broken of [Buffer.alloc(0), Buffer.concat([readFileSync(bytecode()).subarray(0, 40), kept])]) {
    writeFileSync(bytecode(), broken);
    expect(launch()).toBe("other true\n");
    expect(readFileSync(bytecode()).equals(broken)).toBe(false);
  }
});

test("bytecode in a folder that others can write is not run", () => {
  source("rules.ts", 'export const rules = "third";');
  launch();
  const theirs = readFileSync(bytecode());
  source("rules.ts", 'export const rules = "first";');
  launch();
  const digest = readFileSync(bytecode()).subarray(0, 32);
  writeFileSync(bytecode(), Buffer.concat([digest, theirs.subarray(32)]));
  expect(launch()).toBe("third true\n");
  chmodSync(join(project, "policy/bin"), 0o777);
  expect(launch()).toBe("first true\n");
});

test("a pack that cannot be bundled does not run, not even from an old bundle", () => {
  launch();
  source("rules.ts", "export const rules = ;");
  const said = launch();
  expect(said).toContain("rules.ts");
  expect(said).not.toContain("first");
});
