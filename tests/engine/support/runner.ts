import { readFileSync } from "node:fs";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { parse } from "yaml";
import type { Mission } from "../../../rehearsal/mission/mission";
import { type Ended, runChild } from "../../support/children";

const REPOSITORY = "eblume/blumeops";

interface Workflow {
  readonly jobs: Readonly<Record<string, { readonly steps: readonly { readonly run: string }[] }>>;
}

/**
 * Runs the last step of one job of .forgejo/workflows/stack.yaml in a mission's world, with the variables and the event file
 * that a runner of Forgejo gives it. `npm run ci` is this checkout's own command without its set-up, and is told where the
 * rehearsal keeps the stack's settings.
 */
export async function runJob(
  { world, pulumi }: Mission,
  { folder, job, event }: { folder: string; job: string; event: object },
): Promise<Ended> {
  const { project, configFile, environment, stack } = pulumi;
  const file = await readFile(join(project, ".forgejo/workflows/stack.yaml"), "utf8");
  const step = (parse(file) as Workflow).jobs[job]?.steps.at(-1)?.run ?? "";
  const own = [
    process.execPath,
    "--require",
    join(project, "tools/start/transpile.cjs"),
    join(project, "commands/ci/main.ts"),
  ];
  const flags = ["--config-file", configFile, "--policy-pack-config", join(project, "rehearsal/policy.json")];
  const script = step.replace(/^npm run ci --(.*)$/, (_all, args: string) =>
    [...own, args, ...flags].join(" "),
  );
  const eventFile = join(folder, `event-${job}.json`);
  await writeFile(eventFile, JSON.stringify(event));
  return runChild("bash", ["-e", "-c", script], {
    cwd: project,
    env: {
      ...environment,
      STACK: stack,
      CI: "true",
      GITHUB_ACTIONS: "true",
      GITHUB_API_URL: `${world.forgejoUrl}/api/v1`,
      GITHUB_EVENT_PATH: eventFile,
      GITHUB_REPOSITORY: REPOSITORY,
      GITHUB_RUN_NUMBER: "7",
      GITHUB_SERVER_URL: "https://forge.example.org",
      GITHUB_TOKEN: world.secrets.forgejoToken,
    },
  });
}

export const lastLine = (text: string) => text.trim().split("\n").at(-1) ?? "";

/** The texts that docs/ci.md shows, in their order. */
export function postedInDocs(): string[] {
  const page = readFileSync(join(__dirname, "../../../docs/ci.md"), "utf8");
  const [, section = ""] = page.split(/<!-- posted(?: ends)? -->\n/);
  return [...section.matchAll(/^(`{3,})text\n([^]*?)\n\1$/gm)].map(([, , text = ""]) => text);
}

/**
 * Lines of a text of the docs, which is shortened by whole lines, that a real one does not have at that place: beside ids, ports,
 * times and counts, which are others at each run.
 */
export function notShown(text: string | undefined, real: string): string[] {
  const rest = real.split("\n").map(withoutWhatDiffers);
  const missing: string[] = [];
  for (const line of (text ?? "there is no such text").split("\n").map(withoutWhatDiffers)) {
    const at = rest.indexOf(line);
    if (at === -1) missing.push(line);
    else rest.splice(0, at + 1);
  }
  return missing;
}

function withoutWhatDiffers(line: string): string {
  return line
    .replace(/\b[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\b/g, "#")
    .replace(/registry-config[0-9a-f]{8}|\b[0-9a-f]{16,20}\b/g, "#")
    .replace(/\d+/g, "0")
    .trimEnd();
}
