import { spawnSync } from "node:child_process";
import { join } from "node:path";

const ROOT = join(__dirname, "../../..");

test.each([
  ["--authentik", "AUTHENTIK_TOKEN"],
  ["--forgejo", "FORGEJO_TOKEN"],
])("%s by plain http off loopback is refused before its token goes anywhere", (option, variable) => {
  const start = ["--require", join(ROOT, "tools/start/transpile.cjs"), join(ROOT, "tools/conform/main.ts")];
  const { status, stderr } = spawnSync(process.execPath, [...start, option, "http://192.0.2.7:8080"], {
    encoding: "utf8",
    env: { ...process.env, [variable]: "s3cret-of-an-admin" },
  });
  expect(stderr).toContain(`${option} is plain http`);
  expect(stderr).toContain("write an https address");
  expect(status).toBe(2);
});
