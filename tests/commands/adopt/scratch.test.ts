import { spawn } from "node:child_process";
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
import { join, resolve } from "node:path";
import { until } from "../../../rehearsal/host/until";
import { LOADER } from "../../support/loader";

/* What `npm run adopt` leaves of the copied state when it is interrupted. */
const ROOT = resolve(__dirname, "../../..");
let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "interrupted-"));
  mkdirSync(join(folder, "tmp"));
  writeFileSync(join(folder, "Pulumi.yaml"), "name: zot-access\n");
  writeFileSync(join(folder, "Pulumi.indri.yaml"), "encryptionsalt: x\n");
});
afterEach(() => {
  const pid = join(folder, "pid");
  if (existsSync(pid) && isThere(Number(readFileSync(pid, "utf8"))))
    process.kill(Number(readFileSync(pid, "utf8")), "SIGTERM");
  rmSync(folder, { recursive: true });
});

/** A CLI that works on the copy until it is ended, and writes into it once more when it is. */
const CLI = `#!/bin/sh
copy=\${PULUMI_BACKEND_URL#file://}
trap 'echo late >"$copy/late"; kill $!; exit 1' INT TERM HUP
sleep 300 &
echo $$ >"$FOLDER/pid.new" && mv "$FOLDER/pid.new" "$FOLDER/pid"
wait`;

const isThere = (pid: number) => {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
};

test.each(["SIGINT", "SIGTERM", "SIGHUP"] as const)(
  "%s leaves no copy of the state behind, and no CLI",
  async (signal) => {
    writeFileSync(join(folder, "pulumi"), CLI, { mode: 0o700 });
    const script = `
    const { openScratch } = require(${JSON.stringify(join(ROOT, "commands/adopt/scratch.ts"))});
    const at = { stack: "indri", project: ${JSON.stringify(folder)}, environment: process.env };
    openScratch(at, { deployment: { resources: [] } }).catch(() => undefined);`;
    const child = spawn(process.execPath, ["--require", LOADER, "-e", script], {
      env: {
        ...process.env,
        FOLDER: folder,
        PULUMI_HOME: folder,
        PATH: `${folder}:${process.env["PATH"] ?? ""}`,
        TMPDIR: join(folder, "tmp"),
      },
      stdio: ["ignore", "ignore", "inherit"],
    });
    const exit = once(child, "exit");
    try {
      await until("the CLI works on the copy", () => existsSync(join(folder, "pid")));
      expect(readdirSync(join(folder, "tmp"))).toEqual([expect.stringMatching(/^zot-access-adopt-/)]);
    } finally {
      child.kill(signal);
    }
    const [, by] = (await exit) as [number | null, NodeJS.Signals | null];
    expect(by).toBe(signal);
    expect(readdirSync(join(folder, "tmp"))).toEqual([]);
    expect(isThere(Number(readFileSync(join(folder, "pid"), "utf8")))).toBe(false);
  },
);
