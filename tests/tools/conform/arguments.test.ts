import { spawnSync } from "node:child_process";
import { join } from "node:path";

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
  [["--forgejo", "forge.example.org"], "--forgejo forge.example.org: write a whole address"],
  [["--zot", "zot", "--flavour", "2.1.20"], "--flavour goes with"],
])("%j is refused with what to write", (args, problem) => {
  const { status, stderr } = conform(args, { FORGEJO_TOKEN: "s3cret-of-an-admin" });
  expect(stderr).toContain(problem);
  expect(status).toBe(2);
});
