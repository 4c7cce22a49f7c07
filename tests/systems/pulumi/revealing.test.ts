import { spawnSync } from "node:child_process";
import { copyFileSync, mkdtempSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { CliCall } from "../../../systems/pulumi/cli-call";
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
  [["up", "--json"], ["--json"]],
  [["up", "-yj"], ["-yj"]],
  [["-sdev", "destroy", "--json=true"], ["--json=true"]],
  [["up", "--client", "elsewhere:4000"], ["--client"]],
  [["up", "--attach-debugger"], ["--attach-debugger"]],
  // What a flag takes is not the command, and not the end of the flags.
  [["--stack", "preview", "up", "--json"], ["--json"]],
  [["up", "--message", "--", "--debug"], ["--debug"]],
  // Go reads numbers in other ways too.
  [["up", "-v=0x9"], ["-v=0x9"]],
  [["up", "-v", "1_0"], ["-v"]],
  // Nobody has looked at it yet.
  [["up", "--print-everything"], ["--print-everything"]],
  [["up", "--print-everything-to=false"], ["--print-everything-to=false"]],
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
  ["preview", "--json", "--save-plan", "plan.json"],
  ["-C", "up", "preview", "-j"],
  ["up", "--message", "--debug", "-m-d", "-x", "--json"],
])("%s %s %s … is not", (...args) => {
  expect(revealing(args, { PULUMI_DEBUG_GRPC: "" })).toEqual([]);
});

test("so is the variable that has every message written to a file", () => {
  expect(() => {
    refuseRevealing(["up"], { PULUMI_DEBUG_GRPC: "/var/log/grpc" });
  }).toThrow(/asked for PULUMI_DEBUG_GRPC: [^]*including secrets[^]*pulumi logs decrypt/);
});

test.each([
  // Each flag has a twin.
  ["PULUMI_OPTION_VERBOSE", "9"],
  ["PULUMI_OPTION_LOGTOSTDERR", "true"],
  ["PULUMI_OPTION_LOGFLOW", "1"],
  ["PULUMI_OPTION_JSON", "true"],
  ["PULUMI_OPTION_DEBUG", "TRUE"],
  ["PULUMI_OPTION_EVENT_LOG", "/var/log/events"],
  ["PULUMI_OPTION_TRACING", "file:/x"],
  ["PULUMI_OPTION_OTEL_TRACES", "grpc://collector:4317"],
  ["PULUMI_OPTION_CLIENT", "elsewhere:4000"],
  ["PULUMI_OPTION_ATTACH_DEBUGGER", "all"],
  // On the command line it is what was asked for; here it shows them in every job's log.
  ["PULUMI_OPTION_SHOW_SECRETS", "true"],
  ["PULUMI_OPTION_PRINT_EVERYTHING", "true"],
  ["PULUMI_LOG_OTLP_ENDPOINT", "collector:4317"],
  ["PULUMI_ENABLE_STREAMING_JSON_PREVIEW", "true"],
  ["PULUMI_DEBUG_PROVIDERS", "authentik:4000"],
  ["PULUMI_DEBUG_HTTP", "1"],
  ["PULUMI_EVENTS_JSON_FILE", "x"],
  // No switches: the engine's messages go into a file of that name, and Terraform's library takes what it does not know for TRACE.
  ["PULUMI_DEBUG_GRPC", "0"],
  ["PULUMI_DEBUG_GRPC", "false"],
  ["PULUMI_DEBUG_HTTP", "f"],
  ["PULUMI_OPTION_EVENT_LOG", "false"],
  ["PULUMI_OPTION_PRINT_EVERYTHING", "0"],
  ["TF_LOG", "0"],
  ["TF_LOG", "false"],
  ["TF_LOG", "TRACE"],
  ["TF_LOG_PROVIDER_AUTHENTIK", "debug"],
  ["GODEBUG", "madvdontneed=1,http2debug=2"],
  ["NODE_DEBUG", "child_process"],
  ["NODE_DEBUG_NATIVE", "http2"],
  ["NODE_OPTIONS", "--max-old-space-size=400 --inspect=127.0.0.1:9229"],
  ["NODE_OPTIONS", "--report-on-fatalerror"],
  ["NODE_OPTIONS", "--tls-keylog=/var/tmp/keys"],
  // As Node reads it, with `_` for `-`, and quotes.
  ["NODE_OPTIONS", "--tls_keylog /var/tmp/keys"],
  ["NODE_OPTIONS", '"--inspect=127.0.0.1:0"'],
  ["NODE_OPTIONS", '--no-warnings "--in\\spect"'],
  ["NODE_OPTIONS", "--experimental-config-file=/tmp/node.json"],
])("%s=%s in the environment is refused", (name, value) => {
  expect(revealing(["up"], { [name]: value })).toEqual([name]);
  expect(revealing([], { [name]: value })).toEqual([name]);
});

test.each([
  ["PULUMI_OPTION_VERBOSE", "0"],
  ["PULUMI_OPTION_JSON", "false"],
  ["PULUMI_OPTION_STACK", "indri"],
  ["PULUMI_OPTION_NON_INTERACTIVE", "true"],
  ["PULUMI_ENABLE_STREAMING_JSON_PREVIEW", "false"],
  ["PULUMI_LOG_ROTATION_MAX_AGE_DAYS", "7"],
  ["PULUMI_CONFIG_PASSPHRASE", "x"],
  // Somebody else's.
  ["PULUMI_VERSION", "3.250.0"],
  ["PULUMI_K8S_ENABLE_PATCH_FORCE", "true"],
  ["PULUMI_CATALOG_SECRETS_PROVIDER", "x"],
  ["TF_LOG", "off"],
  ["GODEBUG", "http2client=0"],
  ["NODE_OPTIONS", "--max-old-space-size=400 --no-warnings"],
  ["NODE_OPTIONS", '--title="a --inspect b"'],
  ["NODE_DEBUG", ""],
])("%s=%s is not", (name, value) => {
  expect(revealing(["up"], { [name]: value })).toEqual([]);
});

test("a preview may be asked for JSON by the environment too: it masks secrets there", () => {
  expect(revealing(["preview"], { PULUMI_OPTION_JSON: "true" })).toEqual([]);
});

test("a log without values is not, and every other log is", () => {
  const cut = withCutLog({});
  expect(revealing(["up", "--logtostderr", "-v=9"], cut)).toEqual([]);
  expect(revealing(["up", "--logtostderr", "-v=9", "--debug", "--logflow"], cut)).toEqual([
    "--debug",
    "--logflow",
  ]);
  // It goes into a file then.
  expect(revealing(["up", "--logtostderr=false", "-v=9"], cut)).toEqual(["-v=9"]);
  expect(revealing(["up", "--logtostderr", "--logtostderr=false", "-v=9"], cut)).toEqual([
    "--logtostderr",
    "-v=9",
  ]);
});

describe("how the CLI was called", () => {
  const program = join(__dirname, "support/print-cli-call.cjs");

  /** Runs the program below a process that calls itself `cli`, with another one between, as Pulumi's language host is. */
  const below = (cli: string, ...args: string[]) => belowFile(process.execPath, cli, ...args);
  const belowFile = (file: string, cli: string, ...args: string[]) => {
    const node = JSON.stringify(process.execPath);
    const between = `
      process.env.PULUMI_LOG_OTLP_ENDPOINT = "127.0.0.1:1";
      require("child_process").spawnSync(${node}, [${JSON.stringify(program)}], { stdio: "inherit" })`;
    const above = `require("child_process").spawnSync(${node}, ["-e", ${JSON.stringify(between)}], { stdio: "inherit" })`;
    const { stdout } = spawnSync(file, ["-e", above, "--", ...args], {
      argv0: cli,
      encoding: "utf8",
      env: { ...process.env, PULUMI_LOG_OTLP_ENDPOINT: "collector:4317" },
    });
    return JSON.parse(stdout) as CliCall;
  };

  test("its arguments are those of the process that started the language host", () => {
    expect(below("/opt/pulumi/bin/pulumi", "up", "-v=9").args.slice(-2)).toEqual(["up", "-v=9"]);
  });

  // Elsewhere a process does not tell its environment.
  (process.platform === "linux" ? test : test.skip)(
    "its environment is the one that it was started with, not the one that it gives to what it starts",
    () => {
      const { environment } = below("/opt/pulumi/bin/pulumi", "up");
      expect(revealing(["up"], environment)).toEqual(["PULUMI_LOG_OTLP_ENDPOINT"]);
    },
  );

  // Elsewhere a process does not tell its file.
  (process.platform === "linux" ? test : test.skip)(
    "a CLI that is called by a link of another name is known by its file",
    () => {
      const folder = mkdtempSync(join(tmpdir(), "linked-cli-"));
      try {
        copyFileSync(process.execPath, join(folder, "pulumi"));
        symlinkSync("pulumi", join(folder, "pl"));
        expect(belowFile(join(folder, "pl"), "pl", "up", "--json").args.slice(-2)).toEqual(["up", "--json"]);
      } finally {
        rmSync(folder, { recursive: true });
      }
    },
  );

  test("without a CLI there are no arguments, and nothing that a CLI sets", () => {
    const { args, environment } = below("pulumi-watcher", "up", "-v=9");
    expect(args).toEqual([]);
    expect(revealing(["up"], environment)).toEqual([]);
  });
});
