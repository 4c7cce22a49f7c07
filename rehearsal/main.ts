import { readFile, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { consequencesText } from "../systems/zot/config/consequences";
import { formatMatrix } from "../commands/verify/report/matrix";
import { formatChecks } from "../commands/verify/report/checks";
import { runMain } from "../commands/shared/command-line";
import { wantsColor } from "../commands/shared/paint";
import { parseArguments } from "./mission/arguments";
import { readInstallation } from "./mission/installation/form";
import { type InstallationResult, runInstallation } from "./mission/installation/run";
import { ciKey, type Mission, runMission } from "./mission/mission";
import type { Login } from "./mission/people";
import { inOwnFolder, type OwnFolder } from "./mission/own-folder";
import { partLines } from "./mission/world";

const project = dirname(__dirname);

async function main(): Promise<undefined> {
  const {
    flavours,
    installation: file,
    keep,
    report: reportFile,
    serviceAccount,
    stacks,
  } = parseArguments(process.argv.slice(2));
  const installation = file === undefined ? undefined : readInstallation(await readFile(file, "utf8"));
  const write = (text: string) => process.stdout.write(text);
  // The terminal, npm and the set-up each pass Ctrl-C on, so it comes several times: all of it means the same.
  const interrupted = new Promise<void>((resolve) => {
    for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, () => resolve());
  });
  const rehearse = async (own: OwnFolder) => {
    if (installation) {
      const moved = await runInstallation({ ...own, write, flavours }, installation);
      write(`${installationSummary(moved)}\n`);
      if (keep) await interrupted;
      return;
    }
    const mission = await runMission({ ...own, write, stacks, flavours, serviceAccount });
    write(`${summary(mission)}\n`);
    if (reportFile !== undefined) await writeFile(reportFile, `${JSON.stringify(mission.report, null, 2)}\n`);
    if (!keep) return;
    write(howToLogIn(mission));
    await interrupted;
  };
  await inOwnFolder(project, "run-", async (own) => {
    process.env["TMPDIR"] = join(own.folder, "tmp");
    await Promise.race([
      rehearse(own),
      interrupted.then(() => keep || Promise.reject(new Error("interrupted"))),
    ]);
  });
  write("All systems are stopped, and all temporary files are removed.\n");
}

function summary({ report: { checks, matrix, parts, preview2, steps, up } }: Mission): string {
  const color = wantsColor(process.stdout, process.env);
  const counts = Object.entries(up).map(([operation, count]) => `${count} ${operation}`);
  const right = matrix.filter(({ ok }) => ok).length;
  return [
    formatMatrix([...matrix], { color }),
    formatChecks(checks, { color }),
    `up: ${counts.join(", ")}; second preview: ${preview2.same} same, nothing else`,
    `access matrix: ${right} of ${matrix.length} answers as expected`,
    `steps: ${steps.map(({ name, seconds }) => `${name} ${seconds} s`).join(" · ")}`,
    "",
    ...partLines(parts),
    "",
  ].join("\n");
}

function installationSummary({ announced, name, refused, world: { parts } }: InstallationResult): string {
  return [
    name,
    ...(refused.length > 0 ? [`refused until zot.allow named it: ${refused.join(", ")}`] : []),
    ...(announced.length > 0 ? [consequencesText(announced)] : []),
    "",
    ...partLines(parts),
    "",
  ].join("\n");
}

function howToLogIn(mission: Mission): string {
  const { world } = mission;
  const person = ({ username, password, secondFactor }: Login) =>
    `    ${username}, password ${password}, ${secondFactor.told}`;
  return [
    "All systems keep running. Press Ctrl-C to stop them.",
    "",
    `  registry   ${world.host.registryUrl}/v2/_catalog`,
    `  log in     ${world.host.registryUrl}/zot/auth/login?provider=oidc&callback_ui=/v2/_catalog`,
    person(world.people.admin),
    person(world.people.reader),
    `  CI         user zot-ci, key ${ciKey(world)}`,
    `  Authentik  ${world.authentikUrl}`,
    `  Forgejo    ${world.forgejoUrl}`,
    "",
    "",
  ].join("\n");
}

runMain("start", main, { failed: 1 });
