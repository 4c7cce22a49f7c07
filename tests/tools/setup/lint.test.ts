import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import type { Findings } from "../../../tools/setup/lint";
import { run } from "../../../tools/setup/run";

/* tools/setup/lint.ts with this project's ESLint settings, in a folder whose one file is wrong in both ways. */
const ROOT = resolve(__dirname, "../../..");
let folder: string;
beforeAll(() => {
  mkdirSync(join(ROOT, ".rehearsal"), { recursive: true });
  folder = mkdtempSync(join(ROOT, ".rehearsal", "lint-"));
});
afterAll(() => {
  rmSync(folder, { recursive: true });
});

const lint = async () => {
  const args = ["--require", join(ROOT, "tools/start/typescript.cjs"), join(ROOT, "tools/setup/lint.ts")];
  const { code, output } = await run(process.execPath, args, { cwd: folder });
  expect({ code, output }).toEqual({ code: 0, output: [expect.stringMatching(/^\{/)] });
  return JSON.parse(output[0] ?? "") as Findings;
};

test("type errors and findings of typed rules are reported with their places", async () => {
  writeFileSync(join(folder, "eslint.config.mjs"), 'export { default } from "../../eslint.config.mjs";\n');
  const options = { strict: true, lib: ["es2023"], types: [], noEmit: true };
  writeFileSync(
    join(folder, "tsconfig.json"),
    JSON.stringify({ compilerOptions: options, include: ["*.ts"] }),
  );
  writeFileSync(
    join(folder, "wrong.ts"),
    'export const port: number = "80";\nPromise.resolve(port);\nlet never = 1;\nexport { never };\n',
  );
  const { types, eslint } = await lint();
  expect(types).toEqual([expect.stringMatching(/^wrong\.ts\(1,14\): error TS2322: /)]);
  expect(eslint.join("\n")).toMatch(
    /wrong\.ts\n +2:1 +error .*no-floating-promises\n +3:5 +error .*prefer-const/,
  );
});
