import { spawn } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as grpc from "@grpc/grpc-js";
import { EngineService } from "@pulumi/pulumi/proto/engine_grpc_pb";
import type { LogRequest } from "@pulumi/pulumi/proto/engine_pb";
import { Empty } from "google-protobuf/google/protobuf/empty_pb";
import authentikSchema from "../../../rehearsal/plugins/schemas/authentik.json";
import onepasswordSchema from "../../../rehearsal/plugins/schemas/onepassword.json";
import { until } from "../../../rehearsal/host/until";
import { installPlugins } from "../../../rehearsal/plugins/install";
import { keepPlugins, type KeptPlugins } from "../../../rehearsal/plugins/keep";
import { Engine } from "./engine";

/*
 * The stand-ins of plugins that are started once for all runs of a rehearsal: for an engine they are what they would be had it started them.
 */
const ITEM = "onepassword:index/item:Item";
let kept: KeptPlugins;
let home: string;
const engines: Engine[] = [];

beforeAll(async () => {
  home = await mkdtemp(join(tmpdir(), "pulumi home's "));
  kept = await keepPlugins({
    PATH: process.env["PATH"],
    OP_CONNECT_HOST: "http://127.0.0.1:1",
    OP_CONNECT_TOKEN: "t",
  });
  await installPlugins(home, kept.ports);
});
afterAll(async () => {
  engines.forEach((engine) => engine.stop());
  await kept.stop();
  await rm(home, { recursive: true });
});

function engineOf(plugin: keyof KeptPlugins["ports"]): Engine {
  const engine = Engine.at(kept.ports[plugin]);
  engines.push(engine);
  return engine;
}

/** What an engine serves for its plugins. */
async function startedEngine(): Promise<{ address: string; heard: string[]; stop: () => void }> {
  const heard: string[] = [];
  const server = new grpc.Server();
  server.addService(EngineService, {
    log: (call: grpc.ServerUnaryCall<LogRequest, Empty>, done: grpc.sendUnaryData<Empty>) => {
      heard.push(call.request.getMessage());
      done(null, new Empty());
    },
  });
  const port = await new Promise<number>((resolve, reject) => {
    server.bindAsync("127.0.0.1:0", grpc.ServerCredentials.createInsecure(), (error, bound) =>
      error ? reject(error) : resolve(bound),
    );
  });
  return { address: `127.0.0.1:${port}`, heard, stop: () => server.forceShutdown() };
}

test("the executables where the engine looks say the port of what runs, and end with their input", async () => {
  for (const [name, version] of [
    ["command", "1.2.1"],
    ["terraform-provider", "1.1.3"],
  ] as const) {
    const executable = join(home, "plugins", `resource-${name}-v${version}`, `pulumi-resource-${name}`);
    const child = spawn(executable, ["127.0.0.1:1"], { stdio: ["pipe", "pipe", "inherit"] });
    let said = "";
    child.stdout.on("data", (chunk: Buffer) => (said += chunk.toString()));
    const ended = new Promise((resolve) => child.once("close", resolve));
    await until("it has said a line", () => said.includes("\n"));
    expect([said, child.exitCode]).toEqual([`${kept.ports[name]}\n`, null]);
    child.stdin.end();
    expect(await ended).toBe(0);
  }
});

test("each engine has a plugin of its own: its package, its settings, its messages", async () => {
  const [one, other] = [engineOf("terraform-provider"), engineOf("terraform-provider")];
  const hearing = [await startedEngine(), await startedEngine()] as const;
  try {
    for (const [engine, { address }] of [
      [one, hearing[0]],
      [other, hearing[1]],
    ] as const)
      expect(await engine.handshake(address)).toBe(grpc.status.UNIMPLEMENTED);
    await one.parameterize("authentik", "2026.5.0", authentikSchema.parameterization.parameter);
    // Its own process would have refused a second package.
    await other.parameterize("onepassword", "3.3.1", onepasswordSchema.parameterization.parameter);
    await expect(one.check(ITEM, {})).rejects.toThrow("authentik");
    expect((await other.check(ITEM, { vault: "v" })).failures).toEqual([]);
    await expect(other.invoke("onepassword:index/getVault:getVault", { name: "v" })).rejects.toThrow(
      "was not configured",
    );
    // In the environment that it was started in.
    await other.configure({});
    await expect(other.invoke("onepassword:index/getVault:getVault", { name: "v" })).rejects.toThrow();
    await until("both messages are there", () => hearing[1].heard.length === 2);
    expect(hearing[1].heard).toEqual([
      expect.stringContaining("was not configured"),
      expect.stringMatching(/^\[ERROR\] .*/),
    ]);
    expect(hearing[1].heard[1]).not.toContain("was not configured");
    expect(hearing[0].heard).toEqual([]);
  } finally {
    hearing.forEach(({ stop }) => stop());
  }
});

test("whoever keeps them is told why they did not start, and they end with it", async () => {
  await expect(keepPlugins({ NODE_OPTIONS: "--no-such-option" })).rejects.toThrow(
    /no plugin was started: .*no-such-option/,
  );
  const more = await keepPlugins({ PATH: process.env["PATH"] });
  await more.stop();
  const gone = Engine.at(more.ports.command);
  engines.push(gone);
  await expect(gone.checkConfig({})).rejects.toThrow(/ECONNREFUSED|No connection/);
});
