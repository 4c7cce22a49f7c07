import { chmodSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { ask, FROM_UI, logIn } from "./client";
import { logLines, until, type Config } from "./run-zot";
import { world } from "./world";

const it = world(({ http }) => {
  http.accessControl = { repositories: { "**": { anonymousPolicy: ["read"] } } };
});

const file = () => join(it.folder, "config.json");
const mayPush = async () => (await ask(`${it.url}/v2/a/blobs/uploads/`, { method: "POST" })).status === 202;

function withPolicy(anonymousPolicy: string[], change: (config: Config) => void = () => undefined): string {
  const config = structuredClone(it.config);
  config.http.accessControl = { repositories: { "**": { anonymousPolicy } } };
  change(config);
  return JSON.stringify(config);
}

function writeInPlace(anonymousPolicy: string[]): void {
  writeFileSync(file(), withPolicy(anonymousPolicy));
}

test("a policy that is written in place is live without a restart", async () => {
  expect(await mayPush()).toBe(false);
  writeInPlace(["read", "create"]);
  await until(mayPush);
  writeInPlace(["read"]);
  await until(async () => !(await mayPush()));
  const messages = logLines(it.zot.output()).map(({ message }) => message);
  expect(messages).toContain("config file changed, trying to reload config");
  expect(messages).toContain("loaded new configuration settings");
});

test("a file that cannot be read keeps the old policy, and the next write counts", async () => {
  writeFileSync(file(), '{"http":');
  await until(() =>
    logLines(it.zot.output()).some(({ message }) => message === "failed to reload config, retry writing it."),
  );
  expect(await mayPush()).toBe(false);
  writeInPlace(["read", "create"]);
  await until(mayPush);
});

test("the claim mapping is taken over too; sessions go on, address and realm do not change", async () => {
  const { cookie } = await logIn(it.url);
  const changed = withPolicy(["read"], (config) => {
    config.http.port = "1";
    Reflect.set(config.http, "realm", "new");
    const openid = config.http.auth?.openid as { providers: { oidc: { claimMapping: unknown } } };
    openid.providers.oidc.claimMapping = { username: "sub" };
  });
  writeFileSync(file(), changed);
  await until(async () => !(await mayPush()));
  expect((await ask(`${it.url}/zot/auth/apikey`, { cookie, headers: FROM_UI })).status).toBe(200);
  expect((await ask(`${it.url}/v2/`)).headers.get("www-authenticate")).toBe("basic realm=");
  expect((await logIn(it.url)).cookie).toContain("user=1");
});

test("a change of mode is no change", async () => {
  const before = it.zot.output().length;
  chmodSync(file(), 0o600);
  await sleep(300);
  expect(it.zot.output().slice(before)).not.toContain("config file changed");
});

test("a rename over it is not seen, and ends the watch: later writes are not seen either", async () => {
  writeFileSync(`${file()}.new`, withPolicy(["read", "create"]));
  renameSync(`${file()}.new`, file());
  await sleep(300);
  expect(await mayPush()).toBe(false);
  writeInPlace(["read", "create"]);
  await sleep(300);
  expect(await mayPush()).toBe(false);
});
