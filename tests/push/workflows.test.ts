import { existsSync, readdirSync, readFileSync } from "node:fs";
import { basename, join, resolve } from "node:path";
import { parse } from "yaml";

const FOLDER = resolve(__dirname, "../../docs/push");
const workflows = readdirSync(FOLDER).filter((name) => name.endsWith(".yaml"));

interface Step {
  readonly uses?: string;
  readonly run?: string;
  readonly env?: Readonly<Record<string, string>>;
}
interface Workflow {
  readonly on: Readonly<Record<string, unknown>>;
  readonly jobs: Readonly<Record<string, { readonly env?: object; readonly steps: readonly Step[] }>>;
}

const read = (name: string) => parse(readFileSync(join(FOLDER, name), "utf8")) as Workflow;
const jobsOf = (name: string) => Object.values(read(name).jobs);

test("there is one for each way to build", () => {
  expect(workflows).toEqual(["push-dagger.yaml", "push-nix.yaml"]);
});

test.each(workflows)("%s: actions are pinned by commit", (name) => {
  const used = jobsOf(name).flatMap(({ steps }) => steps.flatMap(({ uses }) => uses ?? []));
  expect(used.length).toBeGreaterThan(0);
  for (const action of used) expect(action).toMatch(/@[0-9a-f]{40}$/);
});

test.each(workflows)("%s: the key is in the environment of the steps that push, and nowhere else", (name) => {
  for (const { env = {}, steps } of jobsOf(name)) {
    expect(JSON.stringify(env)).not.toContain("secrets.");
    for (const step of steps) {
      // An expression in a script becomes part of the script: a value could end a command there and begin another.
      expect(step.run ?? "").not.toContain("${{");
      const pushes = /\.forgejo\/push\//.test(step.run ?? "");
      expect(step.env?.["ZOT_CI_API_KEY"]).toBe(pushes ? "${{ secrets.ZOT_CI_API_KEY }}" : undefined);
    }
  }
  // Whoever can open a pull request would otherwise run with the key.
  expect(Object.keys(read(name).on)).toEqual(["push"]);
});

test.each(workflows)("%s: the scripts that it starts are there", (name) => {
  const started = jobsOf(name).flatMap(({ steps }) =>
    steps.flatMap(({ run = "" }) => [...run.matchAll(/\.forgejo\/push\/\S+\.sh/g)].map(([path]) => path)),
  );
  expect(started.length).toBeGreaterThan(0);
  for (const path of started) expect(existsSync(join(FOLDER, basename(path)))).toBe(true);
});
