import { accessSync, constants, realpathSync, statSync } from "node:fs";
import { delimiter, join, sep } from "node:path";

/** True for a file that may be executed and is not empty: an interrupted download leaves such files. */
export function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    const stat = statSync(file);
    return stat.isFile() && stat.size > 0;
  } catch {
    return false;
  }
}

/**
 * The first executable of that name in the folders of a PATH value, then in `others`; undefined if there is none.
 * Files in a node_modules folder are ignored: the launcher of npm's `pulumi` package would start a download at its
 * first use, and npm prepends its folders to PATH.
 */
export function findExecutable(name: string, path: string, others: string[] = []): string | undefined {
  return [...path.split(delimiter), ...others]
    .filter((folder) => folder !== "")
    .map((folder) => join(folder, name))
    .find((file) => isExecutable(file) && !realpathSync(file).includes(`${sep}node_modules${sep}`));
}
