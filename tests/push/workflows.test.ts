import { execFileSync } from "node:child_process";
import { copyFileSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { basename, join, resolve } from "node:path";
import { parse } from "yaml";
import { schemaErrors } from "../support/workflow-schema";
import { ciWorld } from "./support/ci-world";
import { dockerArchive, layout } from "./support/images";
import { skopeoTest } from "./support/job";

const FOLDER = resolve(__dirname, "../../docs/push");
const REUSABLE = ["push-dagger.yaml", "push-nix.yaml"];
const CALLER = "caller.yaml";
const PINNED = /@[0-9a-f]{40}$/;

interface Step {
  readonly name?: string;
  readonly uses?: string;
  readonly run?: string;
  readonly with?: Readonly<Record<string, unknown>>;
  readonly env?: Readonly<Record<string, string>>;
}
interface Parameter {
  readonly required?: boolean;
  readonly default?: string | boolean;
}
interface Workflow {
  readonly on: {
    readonly push?: object;
    readonly workflow_call?: {
      readonly inputs: Readonly<Record<string, Parameter>>;
      readonly secrets: Readonly<Record<string, Parameter>>;
    };
  };
  readonly jobs: Readonly<Record<string, { readonly env?: object; readonly steps: readonly Step[] }>>;
}
interface Caller {
  readonly on: object;
  readonly jobs: {
    readonly image: { uses: string; with: Record<string, string>; secrets: Record<string, string> };
  };
}

const text = (name: string) => readFileSync(join(FOLDER, name), "utf8");
const read = (name: string) => parse(text(name)) as Workflow;
const jobsOf = (name: string) => Object.values(read(name).jobs);
const stepsOf = (name: string) => jobsOf(name).flatMap(({ steps }) => steps);

test("there is one for each way to build, and one that calls them", () => {
  expect(readdirSync(FOLDER).filter((name) => name.endsWith(".yaml"))).toEqual([CALLER, ...REUSABLE]);
});

test.each([CALLER, ...REUSABLE])("%s follows the schema", (name) => {
  expect(schemaErrors(text(name))).toEqual([]);
  expect(schemaErrors(text(name).replace(/^jobs:/m, "job:"))).not.toEqual([]);
});

test.each(REUSABLE)("%s: actions are pinned by commit, and leave no token behind", (name) => {
  const used = stepsOf(name).filter(({ uses }) => uses !== undefined);
  expect(used).toHaveLength(2);
  for (const { uses, with: given } of used) {
    expect(uses).toMatch(PINNED);
    expect(given).toMatchObject({ "persist-credentials": false });
  }
});

test.each(REUSABLE)("%s: the key is in the environment of the steps that push, and nowhere else", (name) => {
  for (const { env = {}, steps } of jobsOf(name)) {
    expect(JSON.stringify(env)).not.toContain("secrets.");
    for (const step of steps) {
      // An expression in a script becomes part of the script: a value could end a command there and begin another.
      expect(step.run ?? "").not.toContain("${{");
      const pushes = /\.forgejo\/push\//.test(step.run ?? "");
      expect(step.env?.["ZOT_CI_API_KEY"]).toBe(pushes ? "${{ secrets.ZOT_CI_API_KEY }}" : undefined);
    }
  }
  expect(Object.keys(read(name).on)).toEqual(["workflow_call"]);
});

test.each(REUSABLE)(
  "%s: inputs and secrets that it uses are declared, and those declared are used",
  (name) => {
    const { inputs = {}, secrets = {} } = read(name).on.workflow_call ?? {};
    const used = (context: string) =>
      new Set([...text(name).matchAll(new RegExp(`\\b${context}\\.([\\w-]+)`, "g"))].map(([, key]) => key));
    expect(used("inputs")).toEqual(new Set(Object.keys(inputs)));
    expect(used("secrets")).toEqual(new Set(Object.keys(secrets)));
  },
);

test("the caller gives what is required and nothing that is unknown, is pinned, and is not started by pull requests", () => {
  const { on, jobs } = parse(text(CALLER)) as Caller;
  const { uses, with: given, secrets } = jobs.image;
  expect(uses).toMatch(PINNED);
  expect(given["scripts-ref"]).toBe(uses.split("@")[1]);
  const called = uses.replace(PINNED, "");
  for (const name of REUSABLE) {
    const call = read(name).on.workflow_call ?? { inputs: {}, secrets: {} };
    const required = (all: Readonly<Record<string, Parameter>>) =>
      Object.keys(all).filter((key) => all[key]?.required === true);
    expect(Object.keys(given)).toEqual(required(call.inputs));
    expect(Object.keys(secrets)).toEqual(required(call.secrets));
    expect(called.startsWith(`${String(call.inputs["scripts"]?.default)}/.forgejo/workflows/`)).toBe(true);
  }
  expect(REUSABLE).toContain(basename(called));
  // Whoever can open a pull request would otherwise run with the key.
  expect(Object.keys(on)).toEqual(["push"]);
});

describe("the step that pushes", () => {
  const ci = ciWorld("dagger");

  /** A checkout of the calling repository, with the scripts where the workflow puts them. */
  function checkout(name: string): { folder: string; commit: string } {
    const folder = join(ci.registry.folder, name);
    const scripts = join(folder, ".scripts/.forgejo/push");
    mkdirSync(scripts, { recursive: true });
    for (const script of readdirSync(FOLDER)) copyFileSync(join(FOLDER, script), join(scripts, script));
    writeFileSync(join(folder, "VERSION"), "1.4.0\n");
    const git = (...args: string[]) =>
      execFileSync(
        "git",
        ["-C", folder, "-c", "user.name=ada", "-c", "user.email=ada@example.org", ...args],
        {
          encoding: "utf8",
        },
      ).trim();
    git("init", "--quiet");
    git("add", "VERSION");
    git("commit", "--quiet", "--message", "version");
    return { folder, commit: git("rev-parse", "--short=7", "HEAD") };
  }

  /** Its script, with the inputs of the caller or their defaults in its environment. */
  function push(name: string, folder: string, inputs: Readonly<Record<string, string>>, build: string) {
    const { workflow_call } = read(name).on;
    const step = stepsOf(name).find(({ run }) => run?.includes("/push-"));
    const env = Object.fromEntries(
      Object.entries({ ...jobsOf(name)[0]?.env, ...step?.env } as Record<string, string>).flatMap(
        ([key, value]) => {
          const input = /^\$\{\{ inputs\.([\w-]+) \}\}$/.exec(value)?.[1];
          if (input === undefined) return [];
          return [[key, inputs[input] ?? String(workflow_call?.inputs[input]?.default)]];
        },
      ),
    );
    return ci.runStep(step?.run ?? "", folder, { ...env, FAKE_BUILD: build });
  }

  skopeoTest("of the Nix workflow pushes what Nix built, tagged with version and commit", async () => {
    const { folder, commit } = checkout("nix");
    copyFileSync(dockerArchive(ci.registry.folder, "by-nix"), join(folder, ".image"));
    const inputs = { repository: "ci/by-nix", "registry-url": ci.registry.url };
    const { status, stdout } = await push("push-nix.yaml", folder, inputs, "");
    expect([status, stdout]).toEqual([0, expect.stringContaining(`/ci/by-nix:1.4.0-${commit}-nix@sha256:`)]);
  });

  skopeoTest(
    "of the Nix workflow asks before the build whether CI may push, and stops there where it may not",
    async () => {
      const names = stepsOf("push-nix.yaml").map(({ name }) => name);
      expect(names.indexOf("Ask")).toBeLessThan(names.indexOf("Build"));
      const { folder } = checkout("asks");
      const ask = stepsOf("push-nix.yaml").find(({ name }) => name === "Ask")?.run ?? "";
      const asked = (REPOSITORY: string) => ci.runStep(ask, folder, { REPOSITORY, VERSION: "" });
      expect(await asked("ci/asks")).toMatchObject({ status: 0, stdout: "", left: [] });
      const refused = await asked("other/asks");
      expect([refused.status, refused.stderr]).toEqual([
        1,
        expect.stringMatching(/may not push to other\/asks \(403\)/),
      ]);
    },
  );

  skopeoTest("of the Dagger workflow pushes what Dagger built, with the caller's own version", async () => {
    const { folder, commit } = checkout("dagger");
    const { source, digest } = layout(ci.registry.folder, "by dagger");
    const inputs = { repository: "ci/by-dagger", "registry-url": ci.registry.url, version: "2.0.0" };
    const { status, stdout } = await push("push-dagger.yaml", folder, inputs, source);
    expect([status, stdout]).toEqual([0, expect.stringContaining(`/ci/by-dagger:2.0.0-${commit}@${digest}`)]);
  });
});

test.each(REUSABLE)("%s: the scripts that it starts are there", (name) => {
  const started = stepsOf(name).flatMap(({ run = "" }) =>
    [...run.matchAll(/\.scripts\/\.forgejo\/push\/\S+\.sh/g)].map(([path]) => path),
  );
  expect(started.length).toBeGreaterThan(0);
  for (const path of started) expect(existsSync(join(FOLDER, basename(path)))).toBe(true);
});
