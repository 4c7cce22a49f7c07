import { spawn } from "node:child_process";
import { once } from "node:events";
import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";

const setup = join(__dirname, "../../../tools/setup");
const lock = { packages: { "": {}, "node_modules/yaml": { version: "1.0.0" } } };

/**
 * Stands for npm where it is asked for `ci`: notes the call, takes a moment, and leaves what npm leaves, with its
 * own lock file last. The package that it installs holds nothing, and main.ts below
 * is plain JavaScript, so that the loader has nothing to do.
 */
const fakeNpm = `
  const fs = require("node:fs");
  fs.appendFileSync("npm-calls", process.argv.slice(2).join(" ") + "\\n");
  if (process.env.NPM_FAILS) process.exit(2);
  setTimeout(() => {
    fs.mkdirSync("node_modules/yaml", { recursive: true });
    fs.copyFileSync("package-lock.json", "node_modules/.package-lock.json");
  }, 300);`;
const main = `module.exports.main = async (task, args) => {
  console.log(JSON.stringify({ task, args, tmpdir: process.env.TMPDIR, home: process.env.HOME }));
  return 3;
};`;

let clone: string;
beforeEach(() => {
  clone = mkdtempSync(join(tmpdir(), "bootstrap-test-"));
  mkdirSync(join(clone, "tools/setup"), { recursive: true });
  ["bootstrap.cjs", "lock.cjs", "packages.cjs"].forEach((file) => {
    copyFileSync(join(setup, file), join(clone, "tools/setup", file));
  });
  mkdirSync(join(clone, "tools/start"));
  writeFileSync(join(clone, "tools/start/transpile.cjs"), "");
  writeFileSync(join(clone, "tools/setup/main.ts"), main);
  writeFileSync(join(clone, "npm-cli.js"), fakeNpm);
  writeFileSync(join(clone, "package-lock.json"), JSON.stringify(lock));
});
afterEach(() => {
  rmSync(clone, { recursive: true });
});

async function bootstrap(env: NodeJS.ProcessEnv, ...args: string[]) {
  const child = spawn(process.execPath, [join(clone, "tools/setup/bootstrap.cjs"), ...args], {
    env: { ...process.env, npm_execpath: join(clone, "npm-cli.js"), ...env },
    stdio: ["ignore", "pipe", "pipe"],
  });
  const [stdout, stderr] = await Promise.all([text(child.stdout), text(child.stderr), once(child, "close")]);
  return { code: child.exitCode, stdout, stderr };
}

const npmCalls = () => readFileSync(join(clone, "npm-calls"), "utf8").trim().split("\n");

test("a fresh clone gets its packages, without their install scripts, then the task runs with its arguments", async () => {
  const { code, stdout } = await bootstrap({ HOME: "" }, "start", "--keep");
  expect(npmCalls()).toEqual(["ci --ignore-scripts --no-audit --no-fund"]);
  const handedOver = JSON.parse(stdout.trim().split("\n").at(-1) ?? "") as Record<string, unknown>;
  expect(handedOver).toMatchObject({
    task: "start",
    args: ["--keep"],
    tmpdir: join(clone, ".rehearsal/tmp"),
  });
  expect(handedOver.home).not.toBe("");
  expect(code).toBe(3);
});

test("npm is left alone as long as the lock file says the same", async () => {
  await bootstrap({}, "start");
  await bootstrap({}, "start");
  expect(npmCalls()).toHaveLength(1);
  writeFileSync(join(clone, "package-lock.json"), JSON.stringify(lock).replace("1.0.0", "1.0.1"));
  await bootstrap({}, "start");
  expect(npmCalls()).toHaveLength(2);
});

test("two at once install once", async () => {
  const both = await Promise.all([bootstrap({}, "start"), bootstrap({}, "test")]);
  expect(both.map((each) => each.code)).toEqual([3, 3]);
  expect(npmCalls()).toHaveLength(1);
});

test("a failed install is one message with the next step, and exit code 1", async () => {
  const { code, stderr } = await bootstrap({ NPM_FAILS: "1" }, "start");
  expect(code).toBe(1);
  expect(stderr).toMatch(/^setup failed: npm ci ended with exit code 2: .*run it again\n$/);
});

test.each(["test", "test:all"])("a failed set-up of %s closes with the line that CI reads", async (task) => {
  const { code, stdout } = await bootstrap({ NPM_FAILS: "1" }, task);
  expect(code).toBe(1);
  expect(stdout.trim().split("\n").at(-1)).toBe("0 passed, 1 failed");
});
