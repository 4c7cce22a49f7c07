import { execFileSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { basic, type Identity } from "../rehearsal/zot/client";
import { identity, world } from "../rehearsal/zot/world";
import { layout } from "./support/images";
import { job, programs, skopeoTest, stub } from "./support/job";

const it = world();
let ci: Identity;
beforeAll(async () => {
  ci = await identity(it, "zot-ci", ["artifact-workloads"]);
});

const EVERY = "base64 cat curl dirname env gzip mktemp mv rm sed skopeo sleep tar tr".split(" ");

/**
 * Every program that the scripts may start, as one that first writes down what it was given: its arguments and environment,
 * as others would see them in /proc, and the modes of the files that the job has made by then.
 */
function watched(record: string, extra: Readonly<Record<string, string>> = {}): string {
  const real = Object.fromEntries(
    EVERY.map((name) => [
      name,
      execFileSync("sh", ["-c", `command -v ${name}`], { encoding: "utf8" }).trim(),
    ]),
  );
  const note = (name: string, target: string) =>
    [
      "#!/bin/sh",
      `{ printf '%s\\n' 'process ${name}' "$@"; '${real.env ?? ""}'; } >>'${record}'`,
      `ls -lR "$TMPDIR" >>'${record}.files'`,
      `exec '${target}' "$@"`,
      "",
    ].join("\n");
  return programs(
    it.folder,
    Object.fromEntries(Object.entries({ ...real, ...extra }).map(([name, path]) => [name, note(name, path)])),
  );
}

/** Of the programs, which one held the key, in any form that it has. */
function holders(record: string): string[] {
  const forms = [ci.key, basic(ci.username, ci.key).slice("Basic ".length)];
  return readFileSync(record, "utf8")
    .split(/^process /m)
    .filter((each) => forms.some((form) => each.includes(form)))
    .map((each) => each.slice(0, each.indexOf("\n")));
}

/** Every process of this machine, again and again, until the job has ended: nobody may have the key in its arguments. */
async function argumentsWhile(work: Promise<unknown>): Promise<string> {
  let seen = "";
  const look = setInterval(() => {
    for (const pid of readdirSync("/proc").filter((name) => /^\d+$/.test(name))) {
      try {
        seen += readFileSync(`/proc/${pid}/cmdline`, "latin1");
      } catch {
        // ended meanwhile
      }
    }
  }, 5);
  await work.finally(() => clearInterval(look));
  return seen;
}

const env = () => ({ REGISTRY_URL: it.url, ZOT_CI_API_KEY: ci.key, PUSH_ATTEMPTS: "1" });

skopeoTest("skopeo and all that the script starts know the key by a file of 0600 alone", async () => {
  const record = join(it.folder, "skopeo-record");
  const work = job(it.folder, {
    script: "push-skopeo.sh",
    args: [layout(it.folder, "watched").source, "ci/watched:1.0"],
    env: env(),
    programs: watched(record),
  });
  if (process.platform === "linux") expect(await argumentsWhile(work)).not.toContain(ci.key);
  const { status, stderr, stdout, left } = await work;
  expect([status, left]).toEqual([0, []]);
  expect(stdout + stderr).not.toContain(ci.key);
  const started = [...readFileSync(record, "utf8").matchAll(/^process (\w+)$/gm)].map(([, name]) => name);
  expect(started).toEqual(expect.arrayContaining(["skopeo", "curl", "base64"]));
  expect(holders(record)).toEqual([]);
  const files = readFileSync(`${record}.files`, "utf8");
  expect(files).toMatch(/^-rw------- .* config\.json$/m);
  expect(files).not.toMatch(/^-...(?!------).* (config\.json|curl)$/m);
  expect(files).toMatch(/^drwx------ .* tmp\./m);
});

skopeoTest("of all that the Dagger script starts, dagger alone has the key, in its environment", async () => {
  const record = join(it.folder, "dagger-record");
  const { status, stdout, stderr } = await job(it.folder, {
    script: "push-dagger.sh",
    args: ["ci/dagger:1.0", "core", "host", "directory", "--path", it.folder, "docker-build"],
    env: { ...env(), FAKE_BUILD: layout(it.folder, "by dagger").source },
    programs: watched(record, { dagger: stub("dagger") }),
  });
  expect([status, stdout + stderr]).toEqual([0, expect.not.stringContaining(ci.key)]);
  // What dagger starts inherits from it; the stand-in starts these, one after the other.
  const own = ["mktemp", "base64", "tr", "skopeo", "rm"];
  expect(holders(record).filter((name) => !own.includes(name))).toEqual(["dagger"]);
  expect(readFileSync(record, "utf8")).toContain("\nenv:ZOT_CI_API_KEY\n");
});

skopeoTest("nor is it printed where the step is traced", async () => {
  const { stderr, status } = await job(it.folder, {
    script: "push-skopeo.sh",
    args: [layout(it.folder, "traced").source, "ci/traced:1.0"],
    env: env(),
    shell: ["sh", "-x"],
  });
  expect(status).toBe(0);
  expect(stderr).not.toContain(ci.key);
});
