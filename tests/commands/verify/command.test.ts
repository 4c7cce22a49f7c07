import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { VerificationResult } from "../../../commands/verify/verify";
import { configText, installPulumi } from "../shared/fake-pulumi";
import { LOADER } from "../../support/loader";
import { deployedState, startWorld, type World } from "./world";

let world: World;
let environment: NodeJS.ProcessEnv;

beforeAll(async () => {
  world = await startWorld();
  const { raw, folder, input } = world;
  const [admin] = input.holders;
  world.onepassword.add("homelab", {
    title: "ada",
    fields: [{ label: "key", value: admin?.password ?? "", section: "zot" }],
  });
  const proof = { admin: { username: "ada", key: "op://homelab/ada/key" } };
  const state = deployedState(world);
  environment = {
    ...installPulumi(folder, { stack: "test", config: configText({ ...raw, proof }), state }),
    ...world.environment,
  };
});
afterAll(() => world.stop());

/** Runs the command as npm does; its output is told apart, as a script would. It is ended as soon as `when` is fulfilled. */
async function run(args: string[], when?: () => Promise<void>) {
  const command = resolve(__dirname, "../../../commands/verify/main.ts");
  const child = spawn(process.execPath, ["--require", LOADER, command, ...args], {
    env: { ...environment, TMPDIR: process.env["TMPDIR"] },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let [output, errors] = ["", ""];
  child.stdout.on("data", (chunk) => (output += String(chunk)));
  child.stderr.on("data", (chunk) => (errors += String(chunk)));
  const [[code]] = await Promise.all([
    once(child, "close") as Promise<[number]>,
    when?.().finally(() => child.kill("SIGINT")),
  ]);
  return { code, output, errors };
}

test("the result is JSON for scripts and JUnit XML for CI, with exit code 1 for a failure, and no secret", async () => {
  world.forgejo.forget("blumeops", "ZOT_CI_API_KEY");
  const junit = join(world.folder, "junit.xml");
  const { code, output, errors } = await run(["--stack", "test", "--json", "--junit", junit]);
  const verdict = JSON.parse(output) as VerificationResult;
  expect(verdict.checks.filter(({ status }) => status === "wrong").map(({ name }) => name)).toEqual([
    "Forgejo",
  ]);
  expect({ code, errors, ok: verdict.ok }).toEqual({ code: 1, errors: "", ok: false });
  expect(verdict.matrix.filter(({ ok }) => !ok)).toEqual([]);
  expect(new Set(verdict.matrix.map(({ client }) => client))).toEqual(
    new Set(["generic", "containerd", "buildkit", "skopeo", "podman", "docker"]),
  );
  const xml = readFileSync(junit, "utf8");
  expect(xml.match(/<testcase /g)).toHaveLength(verdict.matrix.length + verdict.checks.length);
  expect(xml).toContain('<testsuite name="access of expired key"');
  expect(xml.match(/<failure>/g)).toHaveLength(1);
  expect(output + xml).not.toMatch(/zak_|-token-of-the-tests/);
});

test("Ctrl-C removes the test keys and is 130", async () => {
  const own = async () =>
    (await world.keysOf(world.ci)).some(({ label }) => label.startsWith("zot-access verify"));
  const { code, errors } = await run(["--stack", "test"], async () => {
    while (!(await own())) await sleep(20);
  });
  expect(code).toBe(130);
  expect(errors).toContain("ended by SIGINT");
  expect(await own()).toBe(false);
});

test("a question that cannot be asked is exit code 2, with the usage or the CLI's error", async () => {
  const [usage, unknown] = await Promise.all([run(["--jsn"]), run(["--stack", "absent"])]);
  expect(usage.code).toBe(2);
  expect(usage.errors).toContain("npm run verify -- --stack NAME");
  expect(unknown.code).toBe(2);
  expect(unknown.errors).toContain("failed for the stack absent");
});
