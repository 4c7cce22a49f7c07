import { spawnSync } from "node:child_process";
import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { COMPARED } from "../../../tools/conform/systems";

const ROOT = join(__dirname, "../../..");

const conform = (args: readonly string[], variables: NodeJS.ProcessEnv = {}) => {
  const start = ["--require", join(ROOT, "tools/start/transpile.cjs"), join(ROOT, "tools/conform/main.ts")];
  return spawnSync(process.execPath, [...start, ...args], {
    encoding: "utf8",
    env: { ...process.env, ...variables },
  });
};

test.each([
  ["--authentik", "AUTHENTIK_TOKEN"],
  ["--forgejo", "FORGEJO_TOKEN"],
])("%s by plain http off loopback is refused before its token goes anywhere", (option, variable) => {
  const { status, stderr } = conform([option, "http://192.0.2.7:8080"], { [variable]: "s3cret-of-an-admin" });
  expect(stderr).toContain(`${option} is plain http`);
  expect(stderr).toContain("write an https address");
  expect(status).toBe(2);
});

test.each([
  ["--authentik", "AUTHENTIK_TOKEN", 401, ""],
  ["--authentik", "AUTHENTIK_TOKEN", 403, ""],
  ["--forgejo", "FORGEJO_TOKEN", 401, ""],
  ["--connect", "OP_CONNECT_TOKEN", 401, "any"],
])("a token that %s does not take is named by its variable, %s", async (option, variable, code, vault) => {
  const server = createServer((_request, reply) => reply.writeHead(code).end()).listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  try {
    const system = COMPARED.find((each) => `--${each.option}` === option);
    const opened = system?.open(`http://127.0.0.1:${port}`, { [variable]: "wrong" }, { vault });
    await expect(opened).rejects.toThrow(new RegExp(`answered ${code}; .*${variable}`));
    await expect(opened).rejects.not.toThrow(/authentik\.token|onepassword\.connectUrl/);
  } finally {
    server.close();
  }
});

test.each([
  [["--forgejo", "forge.example.org"], "--forgejo forge.example.org: write a whole address"],
  [["--zot", "zot", "--flavour", "2.1.20"], "--flavour goes with"],
  [["--configs", ROOT, "--record"], "--configs goes with --zot alone, and not with --record"],
  [
    ["--configs", ROOT, "--forgejo", "https://forge.example.org", "--flavour", "forgejo=9"],
    "not with --forgejo, --flavour",
  ],
])("%j is refused with what to write", (args, problem) => {
  const { status, stderr } = conform(args, { FORGEJO_TOKEN: "s3cret-of-an-admin" });
  expect(stderr).toContain(problem);
  expect(status).toBe(2);
});
