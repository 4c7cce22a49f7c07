import { execFileSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { devNull } from "node:os";
import { join } from "node:path";

const ROOT = join(__dirname, "..");

/** Writes a file that a tool makes as prettier wants it, so that `npm test` finds nothing to format in it. */
export function writeFormatted(file: string, text: string): void {
  const program = join(ROOT, "node_modules/prettier/bin/prettier.cjs");
  const options = ["--config", join(ROOT, ".prettierrc.json"), "--ignore-path", devNull];
  const formatted = execFileSync(process.execPath, [program, ...options, "--stdin-filepath", file], {
    input: text,
    encoding: "utf8",
  });
  writeFileSync(file, formatted);
}
