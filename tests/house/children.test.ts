import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { until } from "../../rehearsal/host/until";
import { endChildren, runChild } from "../support/children";

test("a process that a test did not wait for ends after it, with its children", async () => {
  const folder = mkdtempSync(join(tmpdir(), "children-"));
  const file = join(folder, "pids");
  try {
    // What a shell begins in the background takes no notice of an interrupt.
    const script = `sleep 600 & echo "$$ $!" > "${file}.new"; mv "${file}.new" "${file}"; wait`;
    const ended = runChild("sh", ["-c", script], { env: process.env });
    await until("it has begun", () => existsSync(file));
    expect(await endChildren()).toBe(1);
    expect((await ended).status).not.toBe(0);
    const isThere = (pid: number) => {
      try {
        return process.kill(pid, 0);
      } catch {
        return false;
      }
    };
    const pids = readFileSync(file, "utf8").trim().split(" ").map(Number);
    expect(pids).toHaveLength(2);
    await until("both are gone", () => !pids.some(isThere));
    expect(await endChildren()).toBe(0);
  } finally {
    rmSync(folder, { recursive: true });
  }
});
