import { execFile } from "node:child_process";
import {
  chmod,
  chown,
  cp,
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  rm,
  stat,
  symlink,
  writeFile,
} from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";

const root = join(__dirname, "../../..");

/** Runs a script as the program and the provider are run, and resolves to what it printed as JSON. */
async function start(script: string, folder = root, variables: NodeJS.ProcessEnv = {}): Promise<unknown> {
  const args = ["--require", join(folder, "tools/start/transpile.cjs"), "-e", script];
  const env = { ...process.env, ...variables, ...(folder !== root && { HOME: join(folder, "home") }) };
  const { stdout } = await promisify(execFile)(process.execPath, args, { cwd: folder, env });
  return JSON.parse(stdout) as unknown;
}

test("a program loads neither the TypeScript compiler nor other unused parts", async () => {
  const loaded = await start(
    `require("./index.ts"); console.log(JSON.stringify(Object.keys(require.cache)))`,
  );
  const packages = (loaded as string[]).map((file) => /node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(file)?.[1]);
  expect(packages).toContain("@pulumi/pulumi");
  for (const idle of ["typescript", "@npmcli/arborist"]) expect(packages).not.toContain(idle);
  expect(packages.filter((name) => name === "@pulumi/kubernetes").length).toBeLessThan(10);
});

test("a lazy module is loaded at its first use", async () => {
  const script = `
    const ts = require("typescript");
    const { automation } = require("@pulumi/pulumi");
    const { exports } = require.cache[require.resolve("typescript")] ?? {};
    console.log(JSON.stringify([exports, ts.version, "transpile" in ts, Object.keys(ts).length > 1000,
      { ...ts }.version, typeof automation.LocalWorkspace]));`;
  const { version } = jest.requireActual<{ version: string }>("typescript/package.json");
  expect(await start(script)).toEqual([null, version, true, true, version, "function"]);
});

test("a stack trace leads to the lines of the program's sources", async () => {
  await mkdir(join(root, ".rehearsal"), { recursive: true });
  const folder = await mkdtemp(join(root, ".rehearsal", "start-"));
  try {
    const source = [
      "interface Gone {",
      "  text: string;",
      "}",
      "",
      "export const fail = ({ text }: Gone) => {",
    ];
    const lines = [...source, "  throw new TypeError(text);", "};", ""];
    await writeFile(join(folder, "failing.ts"), lines.join("\n"));
    const script = `
      const stackOf = (act) => { try { act(); } catch ({ stack }) { return stack; } };
      console.log(JSON.stringify([
        stackOf(() => require(${JSON.stringify(join(folder, "failing.ts"))}).fail({ text: "no" })),
        stackOf(() => require("yaml").parseDocument("a: 1").setIn(["a", "b"], 1)),
        stackOf(() => new (require("@pulumi/pulumi").ComponentResource)()),
      ]));`;
    const [own, packages, pulumi] = (await start(script)) as string[];
    expect(own).toMatch(/^TypeError: no\n +at (?:Object\.)?fail \(.*failing\.ts:6:9\)\n/);
    expect(packages).toMatch(/^Error: Expected .*\n +at .*node_modules\/yaml\//);
    // Right below the scope it would keep Node busy for ever.
    expect(pulumi).toMatch(/node_modules\/@pulumi\/pulumi\/resource\.js:\d+:\d+/);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
});

test("no session of V8's debugger is opened for a program, as Pulumi's start of it would", async () => {
  const opened = (script: string) =>
    start(`${script}.isInitializedAsync().then(() =>
      console.log(process.moduleLoadList.includes("NativeModule inspector")))`);
  const hooks = `require("node:module").createRequire(require.resolve("@pulumi/pulumi/cmd/run"))`;
  expect(await opened(`${hooks}("../../runtime/closure/v8Hooks")`)).toBe(false);
  // Whoever serialises functions after all still has it.
  expect(await opened(`require("@pulumi/pulumi/runtime/closure/v8Hooks.js")`)).toBe(true);
});

test("stacks of promises are taken only where Pulumi's own switch asks for them", async () => {
  const script = `
    const { debuggablePromise } = require("@pulumi/pulumi/runtime/debuggable");
    require("@pulumi/pulumi").runtime.setMocks({ newResource: () => ({}), call: () => ({}) });
    const taken = [];
    Error.prepareStackTrace = (_error, frames) => taken.push(frames.length);
    const limit = Error.stackTraceLimit;
    void debuggablePromise(Promise.resolve(), "test");
    void debuggablePromise(Promise.reject(new RangeError("no")), "test").catch(() => undefined);
    console.log(JSON.stringify([taken.length, Math.max(...taken) > 0, Error.stackTraceLimit === limit]))`;
  expect(await start(script)).toEqual([2, false, true]);
  expect(await start(script, root, { PULUMI_DEBUG_PROMISE_LEAKS: "true" })).toEqual([2, true, true]);
});

test("V8 optimises what runs for long, and not what ends after a moment", async () => {
  const optimised = async (rounds: number) => {
    const script = `
      require("./tools/start/short-run.cjs");
      function step(sum, each) { return (sum + each * 3) % 1000003; }
      function run(rounds) { let sum = 0; for (let each = 0; each < rounds; each++) sum = step(sum, each); return sum; }
      run(${rounds});`;
    const args = ["--trace-opt", "--no-concurrent-recompilation", "-e", script];
    const { stdout } = await promisify(execFile)(process.execPath, args, { cwd: root });
    return /^\[completed (optimizing|compiling) .*<JSFunction (step|run)\b/m.test(stdout);
  };
  expect(await optimised(20_000)).toBe(false);
  expect(await optimised(20_000_000)).toBe(true);
});

/** A project whose only file is one of TypeScript. */
async function inProject(
  run: (folder: string, answer: (source: string) => Promise<unknown>) => Promise<void>,
) {
  const folder = await mkdtemp(join(tmpdir(), "zot-access-start-"));
  try {
    await mkdir(join(folder, "node_modules"));
    await symlink(join(root, "node_modules/@swc"), join(folder, "node_modules/@swc"));
    await cp(join(root, "tools/start"), join(folder, "tools/start"), { recursive: true });
    await run(folder, async (source) => {
      await writeFile(join(folder, "answer.ts"), source);
      const script = `
        const { answer } = require("./answer.ts");
        const transpiled = Object.keys(require.cache).some((file) => file.includes("@swc/core/index"));
        console.log(JSON.stringify({ answer, transpiled }));`;
      return start(script, folder);
    });
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
const kept = "node_modules/.cache/zot-access";
const SOURCE = "export const answer: number = 41;";

test("a file is transpiled once, and again when its text changes", async () => {
  await inProject(async (folder, answer) => {
    expect(await answer(SOURCE)).toEqual({ answer: 41, transpiled: true });
    expect(await answer(SOURCE)).toEqual({ answer: 41, transpiled: false });
    expect(await answer(SOURCE.replace("41", "42"))).toEqual({ answer: 42, transpiled: true });
    expect(await readdir(join(folder, kept))).toHaveLength(1);
    expect(await readdir(folder)).not.toContain("home");
  });
});

test("code in a folder that others can write is not run, and is made anew", async () => {
  await inProject(async (folder, answer) => {
    await answer(SOURCE);
    const [name = ""] = await readdir(join(folder, kept));
    const file = join(folder, kept, name);
    await writeFile(file, (await readFile(file, "utf8")).replace("41", "666"));
    expect(await answer(SOURCE)).toEqual({ answer: 666, transpiled: false });
    await chmod(join(folder, kept), 0o777);
    expect(await answer(SOURCE)).toEqual({ answer: 41, transpiled: true });
    expect((await stat(join(folder, kept))).mode & 0o022).toBe(0);
    expect(await answer(SOURCE)).toEqual({ answer: 41, transpiled: false });
  });
});

const asRoot = process.getuid?.() === 0 ? test : test.skip;
asRoot("code of another owner is neither run nor removed", async () => {
  await inProject(async (folder, answer) => {
    await answer(SOURCE);
    const [name = ""] = await readdir(join(folder, kept));
    const file = join(folder, kept, name);
    await writeFile(file, (await readFile(file, "utf8")).replace("41", "666"));
    await chown(join(folder, kept), 65_534, 65_534);
    expect(await answer(SOURCE)).toEqual({ answer: 41, transpiled: true });
    expect(await readFile(file, "utf8")).toContain("666");
  });
});
