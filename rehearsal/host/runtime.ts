import { execFileSync, spawnSync } from "node:child_process";
import { chmodSync, copyFileSync, existsSync, mkdirSync, writeFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";

const PROJECT = join(__dirname, "../..");
/** What the stand-in of zot is made of, without the folders in which a rehearsal keeps its worlds. */
const STAND_IN_PARTS = ["rehearsal", "systems", "tools/start", "node_modules"].map((folder) =>
  join(PROJECT, folder),
);

/** Why this machine runs no containers of the stand-in; undefined where it does. */
export function noContainers(): string | undefined {
  if (process.getuid?.() !== 0) return "only root makes namespaces here";
  const { status } = spawnSync("unshare", ["--mount", "--pid", "--fork", "true"]);
  return status === 0 ? undefined : "there are no namespaces here (unshare)";
}

/** Folders of the machine that an image for that program is made of: the system, Node, and what the program needs. */
export function machineParts(program: string): string[] {
  const node = dirname(dirname(process.execPath));
  const parts = [
    ...["/bin", "/usr", "/lib", "/lib64"].filter((folder) => existsSync(folder)),
    ...(/^\/usr(\/|$)/.test(node) ? [] : [node]),
    ...(relative(join(PROJECT, "rehearsal"), program).startsWith("..") ? [dirname(program)] : []),
    ...STAND_IN_PARTS,
  ];
  return [...new Set(parts)];
}

/** The stand-ins of podman and docker in a folder, to be put on PATH. */
export function installRuntime(bin: string, program: string): void {
  for (const name of ["podman", "docker"]) {
    const state = join(bin, `${name}.state`);
    mkdirSync(state, { recursive: true });
    copyFileSync(join(__dirname, "runtime.sh"), join(bin, name));
    chmodSync(join(bin, name), 0o755);
    writeFileSync(join(state, "of-machine"), `${machineParts(program).join("\n")}\n`);
    writeFileSync(
      join(state, "path"),
      `${dirname(process.execPath)}:/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin\n`,
    );
  }
}

/** A tar of the folders that an image needs besides those of the machine. */
export function emptyImage(folder: string): string {
  for (const each of ["bin", "usr", "lib", "lib64", "tmp", "proc", "sys", "dev", "etc"])
    mkdirSync(join(folder, each), { recursive: true });
  execFileSync("tar", ["-C", folder, "-cf", `${folder}.tar`, "."]);
  return `${folder}.tar`;
}

/** Words of `import` that make an image of it in which that program runs. */
export function importWords(tar: string, program: string, image: string): string[] {
  return ["import", "-c", `ENTRYPOINT ["${program}"]`, "-m", String(Date.now()), tar, image];
}
