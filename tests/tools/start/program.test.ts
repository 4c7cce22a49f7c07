import { execFile } from "node:child_process";
import {
  appendFileSync,
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { promisify } from "node:util";

/*
 * The start of a program in a project of its own, with a library in the place of Pulumi's whose start runs the program that it is given, as
 * Pulumi's does. The real one runs in every test below tests/engine.
 */
const ROOT = resolve(__dirname, "../../..");
const LIBRARY = "node_modules/@pulumi/pulumi";
const BUNDLE = "node_modules/.cache/zot-access-bundles/program.js";
let project: string;
beforeEach(() => {
  project = mkdtempSync(join(tmpdir(), "program-"));
  cpSync(join(ROOT, "tools/start"), join(project, "tools/start"), { recursive: true });
  mkdirSync(join(project, "node_modules"));
  const packages = readdirSync(join(ROOT, "node_modules")).filter(
    (name) => !/^(\.cache|@pulumi)$/.test(name),
  );
  for (const name of packages)
    symlinkSync(join(ROOT, "node_modules", name), join(project, "node_modules", name));
  write("package-lock.json", "{}");
  write(
    `${LIBRARY}/cmd/run/index.js`,
    `const program = require(require("node:path").resolve(process.argv[2]));
     program().catch((error) => { console.log(error.stack); process.exitCode = 1; });`,
  );
  write(`${LIBRARY}/runtime/debuggable.js`, "exports.debuggablePromise = (promise) => promise;");
  write(`${LIBRARY}/word.js`, 'exports.word = "first";');
  write(
    "index.ts",
    `import { said } from "./said";
     export = async (): Promise<void> => { await Promise.resolve(); said("here"); };`,
  );
  write("said.ts", SAID);
});
afterEach(() => {
  rmSync(project, { recursive: true });
});

const SAID = `import { word } from "./node_modules/@pulumi/pulumi/word";
interface Gone {
  text: string;
}
export const said = (text: Gone["text"]): void => {
  console.log(text, word, [...new Error().stack!.matchAll(/program\\.js|said\\.ts:\\d+/g)].join());
  if (process.env["FAIL"]) throw new RangeError("no");
};
`;

function write(name: string, text: string): void {
  mkdirSync(dirname(join(project, name)), { recursive: true });
  writeFileSync(join(project, name), text);
}

/** As Pulumi's language host does, in an environment that has nothing. */
async function run(env: NodeJS.ProcessEnv = {}): Promise<string> {
  const args = ["--require", "./tools/start/program.cjs", `${LIBRARY}/cmd/run/index.js`, "index.ts"];
  const ended = promisify(execFile)(process.execPath, args, {
    cwd: project,
    env: { PATH: process.env["PATH"], ...env },
  });
  const { stdout, stderr } = await ended.catch(
    (error: unknown) => error as { stdout: string; stderr: string },
  );
  return stdout + stderr;
}

const kept = () =>
  [BUNDLE, BUNDLE.replace(/js$/, "cache")].map((name) => statSync(join(project, name)).mtimeMs);

test("it runs one bundle, with its bytecode, and in a stack trace the lines of the sources", async () => {
  expect(await run()).toBe("here first said.ts:6\n");
  const first = kept();
  expect(await run()).toBe("here first said.ts:6\n");
  expect(kept()).toEqual(first);
  // Which ran: the bundle itself, and not the sources beside it.
  writeFileSync(
    join(project, BUNDLE),
    readFileSync(join(project, BUNDLE), "utf8").replace('"here"', '"kept it"'),
  );
  expect(await run()).toContain("kept it first");
});

test("an error that ends the program names the source, its line, and the message", async () => {
  for (const _ of ["bundled", "kept"])
    expect(await run({ FAIL: "yes" })).toMatch(/^here.*\nRangeError: no\n +at said \(.*\/said\.ts:7:34\)\n/);
});

test.each([
  ["a source", "said.ts", SAID.replace("(text, word", '("said", word'), "said first"],
  ["a file of a package", `${LIBRARY}/word.js`, 'exports.word = "other";', "here other"],
])("%s that changes is never run from an old bundle", async (_, name, text, said) => {
  await run();
  await run();
  write(name, text);
  expect(await run()).toContain(said);
});

test.each(["package-lock.json", "tools/start/make-bundle.cjs", "tools/start/program.cjs"])(
  "another %s rebuilds the bundle",
  async (name) => {
    await run();
    const first = kept();
    appendFileSync(join(project, name), "\n");
    await run();
    expect(kept()).not.toEqual(first);
  },
);

test("a source that does not parse is named, and the bundle of before does not run", async () => {
  await run();
  write("said.ts", "export const said = ;");
  const said = await run();
  expect(said).toContain("said.ts");
  expect(said).not.toContain("here");
});

test.each(["is a file", "belongs to all"])(
  "where the folder for bundles %s, nothing of it is run",
  async (how) => {
    await run();
    const folder = dirname(join(project, BUNDLE));
    writeFileSync(
      join(project, BUNDLE),
      `${readFileSync(join(project, BUNDLE), "utf8").split("\n")[0] ?? ""}\nconsole.log("theirs");`,
    );
    if (how === "belongs to all") chmodSync(folder, 0o777);
    else {
      rmSync(folder, { recursive: true });
      writeFileSync(folder, "");
    }
    expect(await run()).toBe("here first said.ts:6\n");
    expect(existsSync(join(project, BUNDLE))).toBe(how === "belongs to all");
  },
);

test("another program than Pulumi's start runs as it is", async () => {
  const args = ["--require", "./tools/start/program.cjs", "said.ts"];
  const { stdout } = await promisify(execFile)(process.execPath, args, { cwd: project });
  expect([stdout, existsSync(join(project, BUNDLE))]).toEqual(["", false]);
});
