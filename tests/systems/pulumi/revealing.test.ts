import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { refuseRevealing, revealing, withCutLog } from "../../../systems/pulumi/revealing";

/*
 * What makes Pulumi's CLI write secrets down in clear is refused. That the engine asked for it ends before it talks to a plugin
 * is a test of tests/engine.
 */
test.each([
  [
    ["up", "--logtostderr", "-v=9"],
    ["--logtostderr", "-v=9"],
  ],
  [["up", "-v", "9"], ["-v"]],
  [["up", "-v1"], ["-v1"]],
  [["-yv=3", "up"], ["-yv=3"]],
  [["up", "-yd"], ["-yd"]],
  [["up", "--debug"], ["--debug"]],
  [["preview", "--verbose=1"], ["--verbose=1"]],
  [["preview", "--verbose", "11"], ["--verbose"]],
  [
    ["up", "--tracing", "file:/x", "--otel-traces=file:///x"],
    ["--tracing", "--otel-traces=file:///x"],
  ],
  [["up", "--event-log", "x"], ["--event-log"]],
  [["refresh", "--logflow"], ["--logflow"]],
])("%j is refused for %j", (args, found) => {
  expect(revealing(args, {})).toEqual(found);
});

test.each([
  ["up", "--yes", "--stack", "indri", "--diff", "-f"],
  ["up", "-v=0", "--verbose", "0", "--logtostderr=false", "--debug=false"],
  ["up", "-sdev", "-mdv9", "-cd:v=1"],
  ["preview", "--message", "verbose -v9 and --debug"],
  ["up", "--", "-d"],
  ["refresh", "--logflow=false", "--show-secrets"],
])("%s %s %s … is not", (...args) => {
  expect(revealing(args, { PULUMI_DEBUG_GRPC: "" })).toEqual([]);
});

test("so is the variable that has every message written to a file", () => {
  expect(() => {
    refuseRevealing(["up"], { PULUMI_DEBUG_GRPC: "/var/log/grpc" });
  }).toThrow(/asked for PULUMI_DEBUG_GRPC: [^]*secrets too[^]*pulumi logs decrypt/);
});

test("a log whose values are cut out is not, and all the rest is", () => {
  const cut = withCutLog({});
  expect(revealing(["up", "--logtostderr", "-v=9"], cut)).toEqual([]);
  expect(revealing(["up", "--logtostderr", "-v=9", "--debug", "--logflow"], cut)).toEqual([
    "--debug",
    "--logflow",
  ]);
  // It goes into a file then.
  expect(revealing(["up", "--logtostderr=false", "-v=9"], cut)).toEqual(["-v=9"]);
});

describe("the arguments of the CLI", () => {
  const program = join(__dirname, "support/print-cli-arguments.cjs");

  /** Runs the program below a process that calls itself `cli`, with another one between, as Pulumi's language host is. */
  const below = (cli: string, ...args: string[]) => {
    const between = `require("child_process").spawnSync(process.execPath, [${JSON.stringify(program)}], { stdio: "inherit" })`;
    const above = `require("child_process").spawnSync(process.execPath, ["-e", ${JSON.stringify(between)}], { stdio: "inherit" })`;
    const { stdout } = spawnSync(process.execPath, ["-e", above, "--", ...args], {
      argv0: cli,
      encoding: "utf8",
    });
    return JSON.parse(stdout) as string[];
  };

  test("are those of the process that started the language host", () => {
    expect(below("/opt/pulumi/bin/pulumi", "up", "-v=9").slice(-2)).toEqual(["up", "-v=9"]);
  });

  test("are none where another program did", () => {
    expect(below("pulumi-watcher", "up", "-v=9")).toEqual([]);
  });
});
