import { join } from "node:path";
import { commandLine, parse, runMain, usageError } from "../../commands/shared/command-line";
import { FLAVOUR_NAMES, flavoursOf } from "../../rehearsal/mission/flavours";
import { rehearseAdoption } from "../../rehearsal/mission/from-ansible";
import { runMission } from "../../rehearsal/mission/mission";
import { PulumiFailed } from "../../rehearsal/mission/pulumi";
import { renew } from "../../rehearsal/mission/renewal";
import type { MissionOptions } from "../../rehearsal/mission/stack";
import { inOwnFolder } from "../../rehearsal/mission/own-folder";
import { messageOf } from "../../systems/text";
import { failures, type RunResult, writeResult } from "./results";
import { REFUSED, TOGETHER } from "./runs";

const project = join(__dirname, "../..");

const line = commandLine(
  "npm run versions --",
  "[--with SYSTEM=RELEASE]",
  "Rehearses the mission, a renewal and an adoption with each release that the stand-ins play, and makes the README's table of supported " +
    "versions of what came of it. It takes about ten minutes on two cores.",
  { 0: "all of it passed", 1: "something failed, and the table says so" },
).option("--with <release>", "only with this one, as npm start takes it; the other results stay");

async function main(): Promise<number> {
  const { options } = parse<{ readonly with?: string }>(line);
  const wanted = (flavours: readonly string[]) =>
    options.with === undefined || flavours.includes(options.with);
  const results: RunResult[] = [];
  const keep = (result: RunResult) => {
    results.push(result);
    // At once, because a later run may fail.
    writeResult(result);
  };
  for (const { flavour, says } of REFUSED.filter(({ flavour }) => wanted([flavour])))
    keep(await refused(flavour, says));
  for (const names of TOGETHER.filter(wanted)) keep(await rehearse(names));
  if (results.length === 0)
    throw usageError(line, `--with ${options.with ?? ""}: it is none of ${FLAVOUR_NAMES.join(", ")}`);
  const failed = failures(results);
  process.stdout.write(failed.length === 0 ? "all pass\n" : `failed: ${failed.join(", ")}\n`);
  return failed.length === 0 ? 0 : 1;
}

async function rehearse(flavours: readonly string[]): Promise<RunResult> {
  const result: { -readonly [Key in keyof RunResult]: RunResult[Key] } = { flavours, date: today() };
  const tried = async (what: string, work: () => Promise<void>) => {
    try {
      await work();
      process.stdout.write(`${flavours.join(" ")}: ${what} passes\n`);
    } catch (error) {
      process.stdout.write(`${flavours.join(" ")}: ${what} FAILS: ${messageOf(error)}\n`);
    }
  };
  await inWorld(flavours, async (options) => {
    await tried("mission and renewal", async () => {
      const mission = await runMission(options);
      const { matrix, up } = mission.report;
      result.mission = `${up.create} created, ${matrix.filter(({ ok }) => ok).length} answers right`;
      const { replace } = await renew(mission);
      result.renewal = `${replace} key replaced`;
    });
  });
  await inWorld(flavours, async (options) => {
    await tried("adoption", async () => {
      const { noticed } = await rehearseAdoption(options);
      if (noticed.pushes === 0 || noticed.pulls === 0) throw new Error("nobody pushed or pulled meanwhile");
      // rehearseAdoption throws if a request was refused.
      result.adoption = "no push and no pull refused meanwhile";
    });
  });
  return result;
}

async function refused(flavour: string, says: string): Promise<RunResult> {
  let said = "";
  await inWorld([flavour], async (options) => {
    const write = (text: string) => {
      said += text;
    };
    const done = await runMission({ ...options, write }).catch((error: unknown) => error);
    if (!(done instanceof PulumiFailed) || !said.includes(says))
      throw new Error(`${flavour} should be refused with "${says}":\n${said.slice(-2000)}`);
  });
  return { flavours: [flavour], date: today(), refused: true };
}

async function inWorld(
  flavours: readonly string[],
  work: (options: MissionOptions) => Promise<void>,
): Promise<void> {
  await inOwnFolder(project, "versions-", async (own) => {
    process.env["TMPDIR"] = join(own.folder, "tmp");
    await work({ ...own, write: () => undefined, flavours: flavoursOf(flavours, process.env) });
  });
}

function today(): string {
  return new Date().toISOString().slice(0, 10);
}

runMain("versions", main, { failed: 1 });
