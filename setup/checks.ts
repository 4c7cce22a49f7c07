import { readFileSync } from "node:fs";
import { join } from "node:path";
import { since, type Progress } from "./progress";
import { run, type RunResult } from "./run";

/** A check of the source text. Resolves to what was wrong, line by line; to nothing if all is well. */
export interface Check {
  name: string;
  problems(): Promise<string[]>;
}

export function sourceChecks(root: string, env: NodeJS.ProcessEnv): Check[] {
  const bin = (file: string, ...args: string[]) =>
    run(process.execPath, [join(root, "node_modules", file), ...args], { cwd: root, env });
  return [
    {
      name: "eslint",
      problems: async () => complaints(await bin("eslint/bin/eslint.js", ".", "--max-warnings", "0")),
    },
    {
      name: "types",
      problems: async () => complaints(await bin("typescript/bin/tsc", "--noEmit", "-p", ".")),
    },
    {
      name: "prettier",
      problems: async () => complaints(await bin("prettier/bin/prettier.cjs", "--check", ".")),
    },
    { name: "shellcheck", problems: () => shellcheck(root, env) },
  ];
}

function complaints(result: RunResult): string[] {
  if (result.code === 0) return [];
  return result.output.length > 0 ? result.output : [`ended with exit code ${result.code ?? "none"}`];
}

async function shellcheck(root: string, env: NodeJS.ProcessEnv): Promise<string[]> {
  const scripts: string[] = [];
  // Line by line: what run() keeps of an output is its end.
  const onLine = (file: string) => {
    if (isShellScript(file, () => firstLine(join(root, file)))) scripts.push(file);
  };
  const listing = ["ls-files", "--cached", "--others", "--exclude-standard"];
  const listed = await run("git", listing, { cwd: root, env, onLine });
  if (listed.code !== 0) return complaints(listed);
  if (scripts.length === 0) return ["git lists no shell script at all: is this a checkout?"];
  return complaints(await run("shellcheck", ["--external-sources", ...scripts], { cwd: root, env }));
}

/** True for *.sh, and for a file without extension whose first line names a shell that shellcheck knows. */
export function isShellScript(file: string, readFirstLine: () => string): boolean {
  if (file.endsWith(".sh")) return true;
  const name = file.slice(file.lastIndexOf("/") + 1);
  return !name.includes(".", 1) && /^#!.*[/ ](sh|dash|bash|ksh)\b/.test(readFirstLine());
}

function firstLine(file: string): string {
  try {
    return readFileSync(file, "utf8").split("\n", 1)[0] ?? "";
  } catch (error) {
    // Deleted in the work tree and still in the index, or a link to a folder.
    if (["ENOENT", "EISDIR"].includes((error as NodeJS.ErrnoException).code ?? "")) return "";
    throw error;
  }
}

/** Runs the checks, two at a time (each keeps one core busy), and resolves to the number that found something. */
export async function runChecks(checks: Check[], progress: Progress): Promise<number> {
  const waiting = [...checks];
  let failed = 0;
  const worker = async () => {
    for (let check = waiting.shift(); check !== undefined; check = waiting.shift()) {
      const began = Date.now();
      const problems = await check.problems();
      progress.say(`${check.name}: ${problems.length === 0 ? "clean" : "FAILED"} after ${since(began)}`);
      problems.forEach((line) => {
        console.log(`  ${line}`);
      });
      if (problems.length > 0) failed += 1;
    }
  };
  await Promise.all([worker(), worker()]);
  return failed;
}
