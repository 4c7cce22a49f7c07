import { secret, UNKNOWN } from "../../../systems/pulumi/values";
import { CommandPlugin } from "../../../rehearsal/plugins/command/plugin";
import { runRemote } from "../../../rehearsal/plugins/command/run";
import { Engine } from "./engine";
import { startSshHost, type SshHost } from "./ssh-host";

const COMMAND = "command:remote:Command";
let host: SshHost;
let engine: Engine;

beforeAll(async () => {
  delete process.env.SSH_AUTH_SOCK;
  host = await startSshHost();
  engine = await Engine.with(new CommandPlugin());
});
afterAll(async () => {
  engine.stop();
  await host.stop();
});

beforeEach(() => host.forget());

function connection(changes: object = {}) {
  const { port, hostKey, userKey } = host;
  return {
    host: "127.0.0.1",
    port,
    user: "me",
    hostKey,
    privateKey: userKey,
    dialErrorLimit: 0,
    perDialTimeout: 5,
    ...changes,
  };
}
const inputs = (properties: object) => ({
  connection: secret(connection()),
  addPreviousOutputInEnv: false,
  logging: "none",
  ...properties,
});

test("creating runs the command with its standard input, and gives the output without the last line break", async () => {
  const { id, outputs } = await engine.create(
    COMMAND,
    inputs({ create: "cat; echo done >&2", stdin: "a\nb\n" }),
  );
  expect(id).toMatch(/^name[0-9a-f]{8}$/);
  expect(outputs).toMatchObject({ stdout: "a\nb", stderr: "done" });
});

test("the output is in clear in the state: only the program can make it a secret", async () => {
  const { outputs } = await engine.create(COMMAND, inputs({ create: "echo out", stdin: secret("password") }));
  expect(outputs.stdout).toBe("out");
  expect(outputs.stdin).toEqual(secret("password"));
  expect(outputs.connection).toEqual(secret(connection()));
});

test("a preview runs nothing, and does not know the output", async () => {
  const { outputs } = await engine.create(COMMAND, inputs({ create: "echo out" }), true);
  expect(outputs).toMatchObject({ stdout: UNKNOWN, stderr: UNKNOWN });
  await engine.update(COMMAND, "id", inputs({ create: "echo a" }), inputs({ create: "echo b" }), true);
  expect(host.commands).toEqual([]);
});

test("a command that fails shows itself and what it wrote", async () => {
  const failing = engine.create(COMMAND, inputs({ create: "echo one; echo two >&2; exit 3" }));
  await expect(failing).rejects.toThrow(
    /^Process exited with status 3: running "echo one; echo two >&2; exit 3":\n/,
  );
  await expect(failing).rejects.toThrow(/one\n/);
  await expect(failing).rejects.toThrow(/two\n/);
});

test("a connection that is cut is no success", async () => {
  host.cutNext();
  await expect(engine.create(COMMAND, inputs({ create: "true" }))).rejects.toThrow(
    /remote command exited without exit status/,
  );
});

test("an update runs `update`, or else `create`; a deletion runs `delete`, or nothing", async () => {
  const state = { ...inputs({ create: "echo created", delete: "echo gone" }), stdout: "", stderr: "" };
  const updated = await engine.update(
    COMMAND,
    "id",
    state,
    inputs({ create: "echo created", update: "echo new" }),
  );
  expect(updated.stdout).toBe("new");
  expect((await engine.update(COMMAND, "id", state, inputs({ create: "echo again" }))).stdout).toBe("again");
  await engine.delete(COMMAND, "id", state);
  await engine.delete(COMMAND, "id", { ...inputs({ create: "echo x" }), stdout: "", stderr: "" });
  expect(host.commands).toEqual(["echo new", "echo again", "echo gone"]);
});

test("any other input updates in place; `triggers` replaces; outputs are no difference", async () => {
  const before = inputs({ create: "echo a", triggers: ["1"] });
  const state = { ...before, stdout: "a", stderr: "" };
  expect(await engine.diff(COMMAND, state, before, before)).toEqual({ changed: [], replaces: [] });
  expect(await engine.diff(COMMAND, state, inputs({ create: "echo b", triggers: ["1"] }), before)).toEqual({
    changed: ["create"],
    replaces: [],
  });
  expect(await engine.diff(COMMAND, state, inputs({ create: "echo a", triggers: ["2"] }), before)).toEqual({
    changed: ["triggers"],
    replaces: ["triggers"],
  });
});

test("the previous output is put into the environment unless that is switched off", async () => {
  const state = { ...inputs({ create: "true" }), stdout: "before", stderr: "" };
  await engine.update(COMMAND, "id", state, inputs({ create: "true" }));
  expect(host.variables).toEqual({});
  const { outputs } = await engine.create(COMMAND, inputs({ create: "true", addPreviousOutputInEnv: true }));
  await engine.update(
    COMMAND,
    "id",
    { ...outputs, stdout: "before" },
    inputs({ create: "true", addPreviousOutputInEnv: true }),
  );
  expect(host.variables).toEqual({ PULUMI_COMMAND_STDOUT: "before" });
});

test("another host key is refused before anything is sent; no host key is no check", async () => {
  const other = await startSshHost();
  const wrong = inputs({ create: "true", connection: secret(connection({ hostKey: other.hostKey })) });
  await expect(engine.create(COMMAND, wrong)).rejects.toThrow("ssh: host key mismatch");
  expect(host.commands).toEqual([]);
  const { hostKey: _, ...unchecked } = connection();
  await engine.create(COMMAND, inputs({ create: "true", connection: secret(unchecked) }));
  expect(host.commands).toEqual(["true"]);
  await other.stop();
});

test("a dial is tried again as often as allowed, and no key is in the error", async () => {
  const other = await startSshHost();
  const refused = inputs({
    create: "true",
    connection: secret(connection({ privateKey: other.userKey, dialErrorLimit: 1 })),
  });
  const failing = engine.create(COMMAND, refused);
  await expect(failing).rejects.toThrow(
    /^after 1 failed attempts: ssh: handshake failed: ssh: unable to authenticate/,
  );
  await expect(failing).rejects.not.toThrow(/PRIVATE KEY/);
  await other.stop();
});

test("an agent's stale socket fails the dial even beside a good key", async () => {
  const stale = secret(connection({ agentSocketPath: "/nonexistent/agent" }));
  await expect(engine.create(COMMAND, inputs({ create: "true", connection: stale }))).rejects.toThrow(
    /dial unix \/nonexistent\/agent/,
  );
});

test("a check fills in the connection's defaults", async () => {
  const { inputs: news, failures } = await engine.check(COMMAND, {
    connection: { host: "h" },
    create: "true",
  });
  expect(failures).toEqual([]);
  expect(news.connection).toEqual(
    secret({ host: "h", user: "root", port: 22, dialErrorLimit: 10, perDialTimeout: 15 }),
  );
});

test("a check names a wrong property and its place, never the key beside it", async () => {
  const wrong = { ...connection(), hostkey: "x" };
  const { failures } = await engine.check(COMMAND, {
    connection: secret(wrong),
    logging: "quiet",
    input: "x",
  });
  expect(failures.map((failure) => failure.split(":")[0]).sort()).toEqual([
    "connection.hostkey",
    "input",
    "logging",
  ]);
  expect(failures.join()).not.toContain("PRIVATE KEY");
});

test("local commands and copies are refused", async () => {
  await expect(engine.check("command:local:Command", { create: "true" })).rejects.toThrow(
    /offers no command:local:Command/,
  );
  await expect(engine.check("command:remote:CopyToRemote", {})).rejects.toThrow(/offers no/);
});

test("what a command writes is logged line by line, unless logging is off", async () => {
  const run = async (logging: "none" | "stdout" | "stdoutAndStderr") => {
    const lines: string[] = [];
    const args = { connection: connection(), logging, addPreviousOutputInEnv: false };
    await runRemote("echo out; echo err >&2", args, { stdout: "", stderr: "" }, (_severity, line) =>
      lines.push(line),
    );
    return lines.sort();
  };
  expect(await run("none")).toEqual([]);
  expect(await run("stdout")).toEqual(["out"]);
  expect(await run("stdoutAndStderr")).toEqual(["err", "out"]);
});
