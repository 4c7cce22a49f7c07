/** The fields of a lock file's package entry that decide whether it has to be installed. */
export interface LockEntry {
  version?: string;
  resolved?: string;
  optional?: boolean;
  os?: string[];
  cpu?: string[];
  libc?: string[];
}
export function missingPackages(
  wanted: Record<string, LockEntry>,
  installed: Record<string, LockEntry>,
  platform: string,
  arch: string,
): string[];
export function atLeast(version: string, minimum: [major: number, minor: number]): boolean;
