import { execFileSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { devNull } from "node:os";
import { join } from "node:path";

const ROOT = join(__dirname, "..");

/** Writes a generated file in prettier's format, so that `npm test` accepts it. */
export function writeFormatted(file: string, text: string): void {
  const program = join(ROOT, "node_modules/prettier/bin/prettier.cjs");
  const options = ["--config", join(ROOT, ".prettierrc.json"), "--ignore-path", devNull];
  const formatted = execFileSync(process.execPath, [program, ...options, "--stdin-filepath", file], {
    input: text,
    encoding: "utf8",
  });
  writeFileSync(file, formatted);
}
