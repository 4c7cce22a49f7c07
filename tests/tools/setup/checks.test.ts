import { isShellScript, runChecks } from "../../../tools/setup/checks";

test.each([
  ["systems/host/remote/apply.sh", "", true],
  [".ci/run", "#!/usr/bin/env bash", true],
  ["bin/tool", "#!/bin/sh", true],
  ["bin/tool", "#!/usr/bin/env node", false],
  ["LICENSE", "Apache License", false],
  ["notes.md", "#!/bin/sh", false],
])("%s beginning with %j goes to shellcheck: %s", (file, firstLine, expected) => {
  expect(isShellScript(file, () => firstLine)).toBe(expected);
});

test("every check runs, also after one that crashes, and findings are counted and shown", async () => {
  const check = (name: string, problems: string[]) => ({ name, problems: () => Promise.resolve(problems) });
  const broken = { name: "shell", problems: () => Promise.reject(new Error("no git")) };
  const checks = [check("lint", ["a.ts: unused"]), broken, check("types", []), check("format", ["b.ts"])];
  const said: string[] = [];
  await expect(runChecks(checks, (line) => said.push(line))).resolves.toBe(3);
  expect(said.map((line) => line.split(" after")[0])).toEqual([
    ...["lint: FAILED", "  a.ts: unused", "shell: FAILED", "  Error: no git"],
    ...["types: clean", "format: FAILED", "  b.ts"],
  ]);
});
