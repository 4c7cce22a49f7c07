import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { until } from "../../../rehearsal/host/until";
import { takeLock } from "../../../tools/setup/lock.cjs";
import { since } from "../../../tools/setup/progress";
import { handOver, run } from "../../../tools/setup/run";
import { LOADER } from "../../support/loader";

const node = (script: string, options?: Parameters<typeof run>[2]) =>
  run(process.execPath, ["-e", script], options);

test("a program's exit code and both its outputs come back", async () => {
  const result = await node("console.log('one'); process.stderr.write('two'); process.exitCode = 3");
  expect(result.code).toBe(3);
  expect(result.output.sort()).toEqual(["one", "two"]);
});

test("a program that cannot be started is a result with the reason", async () => {
  const result = await run("/nonexistent/program", []);
  expect(result.code).toBeUndefined();
  expect(result.output.join()).toContain("ENOENT");
});

test("a time limit ends the program's children too, so that its output closes", async () => {
  const script =
    "require('child_process').spawn('sleep', ['600'], { stdio: 'inherit' }); setInterval(() => {}, 1000)";
  await expect(node(script, { giveUp: () => true })).resolves.toMatchObject({
    code: undefined,
    gaveUp: true,
  });
});

test("the exit code of the program that was handed over to is ours", async () => {
  await expect(handOver(process.execPath, ["-e", "process.exit(7)"], process.env)).resolves.toBe(7);
});

function isThere(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

describe("signals to a process that has handed over", () => {
  /** Starts one, waits until the program it handed over to is ready, sends SIGTERM and returns how it ended. */
  async function afterSigterm(script: string) {
    const modulePath = join(__dirname, "../../../tools/setup/run.ts");
    const outer = `require(${JSON.stringify(modulePath)})
      .handOver(process.execPath, ["-e", ${JSON.stringify(`${script}; console.log("ready")`)}], process.env)
      .then((code) => process.exit(code))`;
    const child = spawn(process.execPath, ["--require", LOADER, "-e", outer], {
      stdio: ["ignore", "pipe", "inherit"],
    });
    await once(child.stdout, "data");
    child.kill("SIGTERM");
    const [code, signal] = (await once(child, "exit")) as [number | null, NodeJS.Signals | null];
    return { code, signal };
  }

  test("reach the program, whose exit code is passed on", async () => {
    const script = 'process.on("SIGTERM", () => process.exit(5)); setInterval(() => {}, 1000)';
    await expect(afterSigterm(script)).resolves.toEqual({ code: 5, signal: null });
  });

  test("end what runs beside the program", async () => {
    const beside = "setInterval(() => {}, 1000); console.log(process.pid)";
    const outer = `const { handOver, run } = require(${JSON.stringify(join(__dirname, "../../../tools/setup/run.ts"))});
      const program = (pid) => "setInterval(() => {}, 1000); console.log(" + pid + ")";
      const onLine = (pid) => void handOver(process.execPath, ["-e", program(pid)], process.env);
      run(process.execPath, ["-e", ${JSON.stringify(beside)}], { onLine });`;
    const child = spawn(process.execPath, ["--require", LOADER, "-e", outer], {
      stdio: ["ignore", "pipe", "inherit"],
    });
    const [pid] = (await once(child.stdout, "data")) as [Buffer];
    child.kill("SIGTERM");
    await once(child, "exit");
    await until("it has ended", () => !isThere(Number(pid.toString())));
  });

  test("end it in the same way as the program", async () => {
    await expect(afterSigterm("setInterval(() => {}, 1000)")).resolves.toEqual({
      code: null,
      signal: "SIGTERM",
    });
  });
});

test.each([
  [450, "0.5 s"],
  [59_900, "59.9 s"],
  [340_000, "5 min 40 s"],
])("%i milliseconds are %s", (milliseconds, text) => {
  expect(since(0, milliseconds)).toBe(text);
});

describe("takeLock", () => {
  let file: string;
  beforeEach(() => {
    file = join(mkdtempSync(join(tmpdir(), "lock-test-")), "deep", "lock");
  });
  afterEach(() => {
    rmSync(join(file, "../.."), { recursive: true });
  });

  test("the second waits for the first, and names it", async () => {
    const release = await takeLock(file, () => undefined);
    const waitedFor = jest.fn(() => {
      release();
    });
    (await takeLock(file, waitedFor))();
    expect(waitedFor).toHaveBeenCalledWith(process.pid);
  });

  test("the lock of a killed process is taken over", async () => {
    const lock = join(__dirname, "../../../tools/setup/lock.cjs");
    const killed = await node(
      `require(${JSON.stringify(lock)}).takeLock(${JSON.stringify(file)}).then(() => process.kill(process.pid, "SIGKILL"))`,
    );
    expect(killed.code).toBeUndefined();
    (await takeLock(file, () => undefined))();
  });
});
