import { spawnSync } from "node:child_process";
import { once } from "node:events";
import { writeFileSync } from "node:fs";
import { connect, createServer, type AddressInfo } from "node:net";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { freePort } from "../../../rehearsal/host/free-port";
import { startIssuer } from "../../../rehearsal/service/oidc-issuer";
import { ask } from "./client";
import {
  answers,
  BINARY,
  CLIENT_SECRET,
  configIn,
  launch,
  logLines,
  standInTest,
  startZot,
  temporaryFolder,
  until,
  type Config,
} from "./run-zot";

const folder = temporaryFolder();

function write(config: Config): string {
  const file = join(folder, "config.json");
  writeFileSync(file, JSON.stringify(config));
  return file;
}

test("--version logs the release as its commit", () => {
  const { stdout, status } = spawnSync(BINARY, ["--version"], { encoding: "utf8" });
  expect(status).toBe(0);
  const [line] = logLines(stdout);
  expect(line).toMatchObject({ level: "info", message: "version", "distribution-spec": "1.1.1" });
  expect(line?.commit).toMatch(/^v2\.1\.\d+/);
});

standInTest("needs no environment and may be called through a link from anywhere", () => {
  const { status } = spawnSync(BINARY, ["--version"], {
    cwd: "/",
    env: { ZOT_STANDIN_NODE: process.execPath, PATH: "/usr/bin:/bin" },
  });
  expect(status).toBe(0);
});

test.each([
  [["serve"], "accepts 1 arg(s), received 0"],
  [["serve", "/nowhere/config.json"], "open /nowhere/config.json: no such file or directory"],
  [["server"], 'unknown command "server" for "zot"'],
])("%j exits 1 and says why", (args, message) => {
  const { stderr, status } = spawnSync(BINARY, args, { encoding: "utf8" });
  expect(status).toBe(1);
  expect(stderr).toContain(`Error: ${message}`);
});

describe("the issuer at the start", () => {
  test.each(["unreachable", "another issuer", "rubbish", "not found"])(
    "%s: panics and exits 2",
    async (fault) => {
      const issuer = await startIssuer({ clientId: "zot", clientSecret: CLIENT_SECRET });
      const url = fault === "not found" ? `${issuer.issuer}nowhere/` : issuer.issuer;
      if (fault === "unreachable") await issuer.stop();
      if (fault === "another issuer") issuer.discovery = { issuer: issuer.issuer.replace(/\/$/, "") };
      if (fault === "rubbish") issuer.discovery = { authorization_endpoint: 5, issuer: {} };
      const zot = launch(write(configIn(folder, await freePort(), { issuer: url })));
      expect(await zot.ended).toBe(2);
      expect(zot.output()).toMatch(
        /panic: failed to initialize new relying party oidc\n\ngoroutine 1 \[running\]/,
      );
      const line = logLines(zot.output()).at(-1);
      expect(line).toMatchObject({
        level: "error",
        message: "failed to initialize new relying party oidc",
        issuer: url,
      });
      expect(zot.output()).not.toContain(CLIENT_SECRET);
      if (fault !== "unreachable") await issuer.stop();
    },
  );

  test("without openid nobody is asked: reads are open, the login is not there", async () => {
    const zot = await startZot(folder, configIn(folder, await freePort()));
    expect((await ask(`${zot.url}/v2/`)).status).toBe(200);
    expect((await ask(`${zot.url}/zot/auth/login?provider=oidc`)).status).toBe(404);
    await zot.stop();
  });
});

test("a port that is taken ends it with 0, not with an error", async () => {
  const other = createServer().listen(0, "127.0.0.1");
  await once(other, "listening");
  const { port } = other.address() as AddressInfo;
  const zot = launch(write(configIn(folder, port)));
  expect(await zot.ended).toBe(0);
  expect(logLines(zot.output()).at(-1)).toMatchObject({
    level: "error",
    message: "failed to start controller, exiting",
    error: `listen tcp 127.0.0.1:${port}: bind: address already in use`,
  });
  other.close();
});

test("a data folder that cannot be made ends it with 1", async () => {
  const config = configIn(folder, await freePort());
  const file = write(config);
  const zot = launch(write({ ...config, storage: { rootDirectory: join(file, "data") } }));
  expect(await zot.ended).toBe(1);
});

test("a second one on the same data folder waits until the first is gone", async () => {
  const first = await startZot(folder, configIn(folder, await freePort()));
  const second = launch(write(configIn(folder, await freePort())));
  await sleep(600);
  expect(await answers(`${second.url}/v2/`)).toBe(false);
  await first.stop();
  await until(() => answers(`${second.url}/v2/`));
  await second.stop();
});

describe("signals", () => {
  test.each(["SIGTERM", "SIGINT", "SIGHUP"] as const)("%s ends it with 0", async (signal) => {
    const zot = await startZot(folder, configIn(folder, await freePort()));
    zot.process.kill(signal);
    expect(await zot.ended).toBe(0);
    expect(logLines(zot.output()).some(({ message }) => message === "received signal")).toBe(true);
  });

  test("a poll that waits to ask its upstream again is waited for: zot serves meanwhile", async () => {
    const config = configIn(folder, await freePort());
    const polled = {
      urls: ["http://127.0.0.1:1"],
      content: [{ prefix: "mirror/**" }],
      ...{ pollInterval: "6h", maxRetries: 1, retryDelay: "6s" },
    };
    const zot = await startZot(folder, { ...config, extensions: { sync: { registries: [polled] } } });
    zot.process.kill("SIGTERM");
    await until(() => zot.output().includes("received signal"));
    expect(await answers(`${zot.url}/v2/`)).toBe(true);
    expect(await zot.ended).toBe(0);
  });

  test("an upload on its way is cut, not drained: 2.1.20 does not wait", async () => {
    const config = configIn(folder, await freePort());
    config.http.accessControl = { repositories: { "**": { anonymousPolicy: ["read", "create"] } } };
    const zot = await startZot(folder, config);
    const { headers } = await ask(`${zot.url}/v2/cut/blobs/uploads/`, { method: "POST" });
    const socket = connect(Number(config.http.port), "127.0.0.1");
    const path = headers.get("location") ?? "";
    socket.write(`PATCH ${path} HTTP/1.1\r\nHost: zot\r\nContent-Length: 10\r\n\r\nhalf`);
    await sleep(200);
    const closed = once(socket, "close");
    const received: Buffer[] = [];
    socket.on("data", (data: Buffer) => received.push(data)).on("error", () => undefined);
    zot.process.kill("SIGTERM");
    expect(await zot.ended).toBe(0);
    await closed;
    expect(Buffer.concat(received).toString()).toBe("");
  });
});

test("the log goes to log.output, mode 0600, and hides credentials", async () => {
  const log = join(folder, "zot.log");
  const issuer = await startIssuer({ clientId: "zot", clientSecret: CLIENT_SECRET });
  const config = configIn(folder, await freePort(), issuer);
  const zot = await startZot(folder, { ...config, log: { level: "info", output: log } });
  await ask(`${zot.url}/v2/`, { as: { username: "somebody", key: "zak_secret" } });
  await zot.stop();
  await issuer.stop();
  const { stdout } = spawnSync("cat", [log], { encoding: "utf8" });
  const requests = logLines(stdout).filter(({ message }) => message === "HTTP API");
  expect(requests.at(-1)).toMatchObject({ method: "GET", path: "/v2/", statusCode: 401 });
  expect(stdout + zot.output()).not.toMatch(/zak_secret|c29tZWJvZHk6emFrX3NlY3JldA/);
  expect(stdout + zot.output()).not.toContain(CLIENT_SECRET);
});
