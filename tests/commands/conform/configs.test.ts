import { cpSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { spawnSync } from "node:child_process";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import {
  concludeConfigs,
  isLoss,
  judgeConfigs,
  formatConfigVerdict,
} from "../../../commands/conform/configs";

const CONFIGS = join(__dirname, "configs");
const ROOT = resolve(__dirname, "../../..");

test("each config of a folder gets its consequences, and loses nothing", async () => {
  const verdicts = await judgeConfigs(CONFIGS, "2.1.20");
  expect(verdicts.map(({ file, lost }) => [file, lost])).toEqual([
    ["bucket.yaml", []],
    ["robots.json", []],
    ["tokens.json", []],
  ]);
  const told = verdicts.map(formatConfigVerdict).join("");
  expect(told).toContain(
    "[loseRights] group robots can no longer push new tags and overwrite tags in builds/**",
  );
  expect(told).toContain("[openPull] anonymous clients can now pull");
  expect(told).toContain("tokens.json: refused\n    http.auth.bearer takes the place of every other login");
  expect(concludeConfigs(verdicts)).toBe("3 configs: 2 can be said, 1 refused, 0 lose something\n");
  expect(told).not.toContain("hunter2");
});

test("a loss is exit code 1, and so is a rendered config that zot refuses although it accepts the original", async () => {
  const folder = mkdtempSync(join(tmpdir(), "conform-configs-"));
  try {
    cpSync(join(CONFIGS, "robots.json"), join(folder, "robots.json"));
    // Stands for a zot that knows what people have and not what this program adds.
    const binary = join(folder, "zot");
    writeFileSync(binary, '#!/bin/sh\n! grep -q apikey "$2"\n', { mode: 0o755 });
    const verdicts = await judgeConfigs(folder, "2.1.20", { binary, scratch: folder });
    expect(verdicts.some(isLoss)).toBe(true);
    expect(verdicts.map(formatConfigVerdict).join("")).toContain(
      "zot takes it as it is, and refuses the rendered one",
    );
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});

test("the command refuses a folder without configs by name, and accepts one with configs", () => {
  const conform = (folder: string) =>
    spawnSync("npm", ["run", "--silent", "conform", "--", "--configs", folder], {
      cwd: ROOT,
      encoding: "utf8",
    });
  const said = conform(CONFIGS);
  expect([said.status, said.stdout]).toEqual([0, expect.stringContaining("3 configs: 2 can be said")]);
  const none = conform(join(ROOT, "systems/zot"));
  expect([none.status, none.stderr]).toEqual([2, expect.stringContaining("holds no config")]);
});
