import { execFileSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { until } from "../rehearsal/zot/run-zot";
import { ciWorld } from "./support/ci-world";
import { dockerArchive, layout } from "./support/images";
import { job, programs, skopeoTest, stub } from "./support/job";

/*
 * A runner that cancels a job may signal the script alone: whatever it has started is ended with it, at once, and the files with the
 * key are gone. A program that goes on for ten minutes stands for one that takes its time.
 */
const ci = ciWorld("dagger");
const it = ci.registry;

const realOf = (program: string) =>
  execFileSync("sh", ["-c", `command -v ${program}`], { encoding: "utf8" }).trim();

/** A program that leaves its process number, and waits; where an argument is named, only when it is given. */
const waits = (real: string, mark: string, when = "") =>
  `#!/bin/sh\ncase " $* " in *" ${when}"*) echo $$ >'${mark}'; exec /bin/sleep 600 ;; esac\nexec ${real} "$@"\n`;

interface Case {
  readonly script: string;
  readonly args: () => readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  readonly when?: string;
}
const push = (source: () => string): Case => ({
  script: "push-skopeo.sh",
  args: () => [source(), "ci/cancelled:1.0"],
});
const dagger = () => ["ci/dagger:1.0", "core", "host", "directory", "--path", it.folder, "docker-build"];
const CASES: [string, Case][] = [
  ["curl", push(() => layout(it.folder, "cancelled").source)],
  ["curl", { script: "may-push.sh", args: () => ["ci/cancelled:1.0"] }],
  [
    "sleep",
    { ...push(() => layout(it.folder, "cancelled").source), env: { REGISTRY_URL: "http://127.0.0.1:9" } },
  ],
  ["gzip", push(() => `docker-archive:${dockerArchive(it.folder, "cancelled-archive")}`)],
  ["skopeo", { ...push(() => layout(it.folder, "cancelled").source), when: "manifest-digest " }],
  ["dagger", { script: "push-dagger.sh", args: dagger }],
];

skopeoTest.each(CASES)(
  "while %s runs (%#): no key is left, and no child",
  async (program, { script, args, env, when }) => {
    const mark = join(it.folder, `mark-${expect.getState().currentTestName?.replaceAll(/\W/g, "") ?? ""}`);
    const real = program === "dagger" ? stub("dagger") : realOf(program);
    const ended = await job(it.folder, {
      script,
      args: args(),
      env: { REGISTRY_URL: it.url, ZOT_CI_API_KEY: ci.key, ...env },
      programs: programs(it.folder, { [program]: waits(real, mark, when) }),
      onStart: (kill) =>
        void until(() => existsSync(mark) && readFileSync(mark, "utf8") !== "").then(() => kill("SIGTERM")),
    });
    expect([ended.status, ended.left]).toEqual([143, []]);
    expect(() => process.kill(Number(readFileSync(mark, "utf8")), 0)).toThrow("ESRCH");
  },
);

skopeoTest.each(["SIGHUP", "SIGINT"] as const)("%s ends it as well", async (signal) => {
  const mark = join(it.folder, `mark-${signal}`);
  const ended = await job(it.folder, {
    script: "may-push.sh",
    args: ["ci/cancelled:1.0"],
    env: { REGISTRY_URL: it.url, ZOT_CI_API_KEY: "zak_0123456789abcdef" },
    programs: programs(it.folder, { curl: waits("curl", mark) }),
    onStart: (kill) => void until(() => existsSync(mark)).then(() => kill(signal)),
  });
  expect(ended.left).toEqual([]);
  expect(ended.status).toBeGreaterThan(128);
});
