import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { LOADER } from "../../support/loader";

let folder: string;
beforeEach(() => (folder = mkdtempSync(join(tmpdir(), "zot-conform-test-"))));
afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** Runs the command with a zot that is this script for `serve`; its process id is in the file `pid`. */
function start(serve: string) {
  const binary = join(folder, "zot");
  const pid = join(folder, "pid");
  const temporary = join(folder, "tmp");
  mkdirSync(temporary);
  const version = `[ "$1" = --version ] && exec echo '{"commit":"v2.1.20"}'`;
  writeFileSync(
    binary,
    `#!/bin/sh\n${version}\necho $$ >'${pid}.new' && mv '${pid}.new' '${pid}'\n${serve}\n`,
    {
      mode: 0o700,
    },
  );
  const command = join(__dirname, "../../../tools/conform/main.ts");
  const child = spawn(process.execPath, ["--require", LOADER, command, "--zot", binary], {
    env: { ...process.env, TMPDIR: temporary },
    stdio: ["ignore", "ignore", "pipe"],
  });
  let errors = "";
  child.stderr.on("data", (chunk) => (errors += String(chunk)));
  return {
    child,
    pid,
    ended: once(child, "close").then(([code]) => ({ code: code as number | null, errors })),
    left: () => readdirSync(temporary).filter((name) => name.startsWith("zot-conform-")),
  };
}

/** A process that ended may still be listed as a zombie, until its new parent looks. */
function isRunning(file: string): boolean {
  const { stdout } = spawnSync("ps", ["-o", "stat=", "-p", readFileSync(file, "utf8").trim()], {
    encoding: "utf8",
  });
  return /^[^Z\s]/.test(stdout);
}

test("a signal ends the zot that it started and removes its files", async () => {
  const { child, pid, ended, left } = start("exec sleep 600");
  while (!existsSync(pid)) await sleep(20);
  expect(isRunning(pid)).toBe(true);
  child.kill("SIGTERM");
  expect((await ended).code).toBe(143);
  while (isRunning(pid)) await sleep(20);
  expect(left()).toEqual([]);
});

test("a zot that fails to start is quoted, and is not a difference", async () => {
  const { ended, left } = start("echo 'panic: no issuer' >&2; exit 2");
  const { code, errors } = await ended;
  expect(code).toBe(2);
  expect(errors).toContain("did not start to listen");
  expect(errors).toContain("panic: no issuer");
  expect(left()).toEqual([]);
});
