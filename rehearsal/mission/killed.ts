import { existsSync, readdirSync, readFileSync, readlinkSync, writeFileSync } from "node:fs";
import { rm } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";
import { killAll, processesWhere } from "../host/processes";
import { until } from "../host/until";

/** In the environment of all that a rehearsal starts: its folder. */
export const RUN = "ZOT_ACCESS_REHEARSAL_FOLDER";
const OWNER = "owner.json";

/** A process that can be told from a later one of the same number: by what Linux alone says of it. */
const owner = z.strictObject({
  pid: z.number(),
  started: z.string(),
  /** Since when, and among which processes, the numbers count. */
  boot: z.string(),
  namespace: z.string(),
});
type Owner = z.output<typeof owner>;

/** Writes down whose the folder is, so that a later rehearsal knows when it is nobody's. */
export function claim(folder: string): void {
  const own = ownerNow();
  if (own) writeFileSync(join(folder, OWNER), JSON.stringify(own));
}

/**
 * Ends what rehearsals left that were killed, and removes their folders. A folder is left alone where it cannot be known that its rehearsal has
 * ended: on systems without /proc, and where it was made on another machine, in another container or before a restart.
 *
 * @param parent of the folders
 */
export async function endKilled(parent: string, write: (text: string) => void): Promise<void> {
  const now = ownerNow();
  if (!now) return;
  for (const name of readdirSync(parent)) {
    const folder = join(parent, name);
    const before = ownerOf(folder);
    if (before?.boot !== now.boot || before.namespace !== now.namespace) continue;
    if (startOf(before.pid) === before.started) continue;
    write(`ending what a rehearsal left in ${folder} that was killed\n`);
    await until("what a killed rehearsal left ends", () => {
      const left = [...processesWhere((environment) => isOf(folder, environment)), ...sshServersOf(folder)];
      killAll(left);
      return left.length === 0;
    });
    await rm(folder, { recursive: true, force: true });
  }
}

/** Of the rehearsal itself and Pulumi, or of a host's service and its SSH sessions. */
function isOf(folder: string, environment: readonly string[]): boolean {
  return environment.some((each) => each === `${RUN}=${folder}` || each.startsWith(`HOME=${folder}/`));
}

/** An SSH server writes its title over its environment; the title has the path of its config. */
function sshServersOf(folder: string): number[] {
  return readdirSync(folder, { withFileTypes: true })
    .filter((each) => each.isDirectory())
    .flatMap(({ name }) => {
      const ssh = join(folder, name, "ssh");
      const pid = Number(textOf(join(ssh, "sshd.pid")));
      const title = pid > 0 ? textOf(`/proc/${pid}/cmdline`) : undefined;
      return title?.includes(join(ssh, "sshd_config")) === true ? [pid] : [];
    });
}

function ownerOf(folder: string): Owner | undefined {
  const text = textOf(join(folder, OWNER));
  try {
    return text === undefined ? undefined : owner.safeParse(JSON.parse(text)).data;
  } catch {
    return undefined; // it was killed while it wrote this
  }
}

function ownerNow(): Owner | undefined {
  const started = startOf(process.pid);
  const boot = textOf("/proc/sys/kernel/random/boot_id")?.trim();
  if (started === undefined || boot === undefined) return undefined;
  return { pid: process.pid, started, boot, namespace: readlinkSync("/proc/self/ns/pid") };
}

/** Undefined once it has ended. Field 22 of proc(5); the second one, the name of the program, may hold blanks and brackets. */
function startOf(pid: number): string | undefined {
  const fields = textOf(`/proc/${pid}/stat`)
    ?.replace(/^.*\) /s, "")
    .split(" ");
  // Whoever started it has not asked yet how it ended.
  return fields?.[0] === "Z" ? undefined : fields?.[19];
}

function textOf(file: string): string | undefined {
  try {
    return existsSync(file) ? readFileSync(file, "utf8") : undefined;
  } catch {
    return undefined; // the process has ended meanwhile
  }
}
