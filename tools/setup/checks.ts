import { readFileSync } from "node:fs";
import { join } from "node:path";
import { cleanTexts, digestOf, listTexts, type Text } from "./clean-texts";
import type { Findings } from "./lint";
import { since } from "./progress";
import { run, type RunResult } from "./run";

/** A check of the source text. Resolves to what was wrong, line by line; to nothing if all is well. */
export interface Check {
  name: string;
  problems(): Promise<readonly string[]>;
}

/** What the compiler and ESLint read, and what says how. */
const isCode = (file: string) => /\.(?:[cm]?ts|[cm]?js|json)$/.test(file);
/** What Prettier goes by beside a file's own text. */
const isOfFormat = (file: string) =>
  /(?:^|\/)(?:\.prettierrc\.json|\.prettierignore|\.gitignore|\.editorconfig)$/.test(file);

/**
 * The checks of this checkout. What one of them found clean, in this clone or another, it does not read again: the compiler, ESLint and
 * Prettier together take a minute of CPU time.
 */
export function sourceChecks(root: string, env: NodeJS.ProcessEnv, clean = cleanTexts(env)): Check[] {
  const node = (...args: string[]) => run(process.execPath, args, { cwd: root, env });
  const tools = toolsOf(root);
  const listed = once(() => listTexts(root, env));
  const lint = once(async () => {
    const key = async (texts: Promise<readonly Text[]>) =>
      digestOf("lint", tools, ...lines(await texts, isCode));
    const before = await key(listed());
    if (clean.has(before)) return { types: [], eslint: [] };
    const args = ["--require", join(root, "tools/start/typescript.cjs"), join(root, "tools/setup/lint.ts")];
    const found = findings(await node(...args));
    const isClean = found.types.length === 0 && found.eslint.length === 0;
    // Of a text that was changed meanwhile nobody knows which one was read.
    if (isClean && (await key(listTexts(root, env))) === before) clean.keep([before]);
    return found;
  });
  const prettier = async () => {
    const keys = async (texts: Promise<readonly Text[]>) => {
      const format = digestOf("prettier", tools, ...lines(await texts, isOfFormat));
      return new Map((await texts).map(({ digest, file }) => [file, digestOf(format, file, digest)]));
    };
    const unread = [...(await keys(listed()))].filter(([, key]) => !clean.has(key));
    if (unread.length === 0) return [];
    const program = join(root, "node_modules/prettier/bin/prettier.cjs");
    const files = unread.map(([file]) => file);
    const problems = complaints(await node(program, "--check", "--ignore-unknown", "--", ...files));
    const after = problems.length === 0 ? await keys(listTexts(root, env)) : undefined;
    clean.keep(unread.filter(([file, key]) => after?.get(file) === key).map(([, key]) => key));
    return problems;
  };
  return [
    { name: "types", problems: async () => (await lint()).types },
    { name: "eslint", problems: async () => (await lint()).eslint },
    { name: "prettier", problems: prettier },
    { name: "shellcheck", problems: () => shellcheck(root, env) },
  ];
}

function once<Result>(work: () => Promise<Result>): () => Promise<Result> {
  let begun: Promise<Result> | undefined;
  return () => (begun ??= work());
}

const lines = (texts: readonly Text[], isRead: (file: string) => boolean): string[] =>
  texts.filter(({ file }) => isRead(file)).flatMap(({ file, digest }) => [file, digest]);

/** Node and the packages as they are installed, whatever the lock file asks for. */
function toolsOf(root: string): string {
  return digestOf(process.version, readFileSync(join(root, "node_modules/.package-lock.json"), "utf8"));
}

/** Of a lint.ts that broke off, what it said is the finding of both. */
function findings({ code, output }: RunResult): Findings {
  const problems = complaints({ code, output, gaveUp: false });
  if (problems.length > 0) return { types: problems, eslint: problems };
  return JSON.parse(output.findLast((line) => line.startsWith("{")) ?? "") as Findings;
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

/**
 * Runs the checks, one after the other, since they are run beside the tests, and resolves to the number that found something.
 *
 * @param say is told what each came to as soon as it is known, line by line
 */
export async function runChecks(checks: Check[], say: (line: string) => void): Promise<number> {
  let failed = 0;
  for (const check of checks) {
    const began = Date.now();
    const problems = await check.problems().catch((error: unknown) => [String(error)]);
    say(`${check.name}: ${problems.length === 0 ? "clean" : "FAILED"} after ${since(began)}`);
    for (const line of problems) say(`  ${line}`);
    if (problems.length > 0) failed += 1;
  }
  return failed;
}
