import { createHash } from "node:crypto";
import { appendFileSync, existsSync, mkdirSync, readFileSync, statSync } from "node:fs";
import { dirname, join } from "node:path";
import { pulumiHome } from "../../systems/pulumi/cli-location";
import { run } from "./run";

/** A file of the checkout with the digest of its text; a link to a folder has none. */
export interface Text {
  readonly file: string;
  readonly digest: string;
}

/**
 * Which texts a check found clean, by their digests with all else that its verdict rests on: no time and no path of a checkout. What is
 * wrong is not kept, so that a failure is always of this run. Below the Pulumi home, which only its user can write to, it serves the next
 * clone as well.
 */
export class CleanTexts {
  private known: Set<string> | undefined;

  constructor(private readonly file: string) {}

  has(digest: string): boolean {
    this.known ??= new Set(existsSync(this.file) ? readFileSync(this.file, "utf8").split("\n") : []);
    return this.known.has(digest);
  }

  /** In one write to the file's end, as other runs do: at worst a line is lost, and its check is run again. */
  keep(digests: readonly string[]): void {
    const fresh = digests.filter((digest) => !this.has(digest));
    if (fresh.length === 0) return;
    mkdirSync(dirname(this.file), { recursive: true });
    appendFileSync(this.file, `\n${fresh.join("\n")}\n`, {
      flag: existsSync(this.file) && statSync(this.file).size > LARGEST ? "w" : "a",
    });
    for (const digest of fresh) this.known?.add(digest);
  }
}

/** 15,000 lines: it begins anew then. */
const LARGEST = 1_000_000;

export function cleanTexts(env: NodeJS.ProcessEnv): CleanTexts {
  return new CleanTexts(join(pulumiHome(env), "zot-access", "clean-texts"));
}

/** Of any number of texts one digest, of which no other texts have the same. */
export function digestOf(...texts: readonly string[]): string {
  return createHash("sha256").update(JSON.stringify(texts)).digest("hex");
}

/** What git lists: the files of a commit, and those that nobody added yet, in one order. Throws where it is no checkout. */
export async function listTexts(root: string, env: NodeJS.ProcessEnv): Promise<Text[]> {
  const files: string[] = [];
  const args = ["-c", "core.quotePath=false", "ls-files", "--cached", "--others", "--exclude-standard"];
  // Line by line: what run() keeps of an output is its end.
  const { code, output } = await run("git", args, { cwd: root, env, onLine: (file) => files.push(file) });
  if (code !== 0) throw new Error(output.join("\n"));
  return [...new Set(files)].sort().flatMap((file) => {
    const text = textOf(join(root, file));
    return text === undefined ? [] : [{ file, digest: createHash("sha256").update(text).digest("hex") }];
  });
}

function textOf(path: string): Buffer | undefined {
  try {
    return readFileSync(path);
  } catch (error) {
    // Deleted in the work tree and still in the index, or a link to a folder.
    if (["ENOENT", "EISDIR"].includes((error as NodeJS.ErrnoException).code ?? "")) return undefined;
    throw error;
  }
}
