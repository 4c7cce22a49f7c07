import { isShellScript, runChecks } from "../../setup/checks";

test.each([
  ["host/apply.sh", "", true],
  [".ci/run", "#!/usr/bin/env bash", true],
  ["bin/tool", "#!/bin/sh", true],
  ["bin/tool", "#!/usr/bin/env node", false],
  ["LICENSE", "Apache License", false],
  ["notes.md", "#!/bin/sh", false],
])("%s beginning with %j goes to shellcheck: %s", (file, firstLine, expected) => {
  expect(isShellScript(file, () => firstLine)).toBe(expected);
});

test("every check runs, and those that find something are counted", async () => {
  const said: string[] = [];
  const printed = jest.spyOn(console, "log").mockImplementation();
  const check = (name: string, problems: string[]) => ({ name, problems: () => Promise.resolve(problems) });
  const checks = [check("lint", ["a.ts: unused"]), check("types", []), check("format", ["b.ts"])];
  await expect(runChecks(checks, { say: (line) => said.push(line) })).resolves.toBe(2);
  expect(said.map((line) => line.split(" after")[0])).toEqual(
    expect.arrayContaining(["lint: FAILED", "types: clean", "format: FAILED"]),
  );
  expect(printed).toHaveBeenCalledWith("  a.ts: unused");
  printed.mockRestore();
});
