import { changeSettings } from "../../rehearsal/mission/stack";
import type { Mission } from "../../rehearsal/mission/mission";
import { preparePlaybook } from "./ansible";
import { type Cost, medianCost } from "./measure";

export interface Comparison {
  readonly project: string;
  readonly folder: string;
  /** Running and deployed. */
  readonly mission: Mission;
  readonly runs: number;
}

type Row = readonly [what: string, cost: Cost];

/**
 * The same two tasks by this program and by Ansible, one after the other on the same machine: a check without
 * changes, and a deploy that changes the log level and restarts zot. The program always does all of its work; Ansible
 * is measured with the role for zot alone, and with the role for the Actions secrets too, and with the role for zot when its
 * pipelining is on.
 */
export async function againstAnsible({ project, folder, mission, runs }: Comparison): Promise<void> {
  const { pulumi, world } = mission;
  const playbook = await preparePlaybook(project, folder, world);
  await playbook.play({ logLevel: "info", changes: true });
  const still = { check: true, logLevel: "info" };
  const checks: Row[] = [
    ["this program: preview", await medianCost(runs, () => pulumi.previewWithoutChanges())],
    [
      "Ansible: check, role for zot",
      await medianCost(runs, () => playbook.play({ ...still, tags: "zot", changes: false })),
    ],
    [
      "Ansible: the same, pipelined",
      await medianCost(runs, () =>
        playbook.play({ ...still, tags: "zot", changes: false, pipelining: true }),
      ),
    ],
    // The secrets' values cannot be read back, so that role cannot know whether it would change one.
    ["Ansible: check, both roles", await medianCost(runs, () => playbook.play({ ...still, changes: true }))],
  ];
  const levels = Array.from({ length: runs }, (_, run) => (run % 2 === 0 ? "debug" : "info"));
  const each = (deploy: (level: string) => Promise<unknown>) => {
    const left = [...levels];
    return medianCost(runs, () => deploy(left.shift() ?? "info"));
  };
  const deploys: Row[] = [
    [
      "this program: up",
      await each(async (logLevel) => {
        await changeSettings(pulumi, { "zot-access:zot": { config: { log: { level: logLevel } } } });
        await pulumi.up();
      }),
    ],
    [
      "Ansible: role for zot",
      await each((logLevel) => playbook.play({ tags: "zot", logLevel, changes: true })),
    ],
    [
      "Ansible: the same, pipelined",
      await each((logLevel) => playbook.play({ tags: "zot", logLevel, changes: true, pipelining: true })),
    ],
    ["Ansible: both roles", await each((logLevel) => playbook.play({ logLevel, changes: true }))],
  ];
  show(`a check that finds nothing to change, medians of ${runs}`, checks);
  show(`a deploy of another log level, zot restarts, medians of ${runs}`, deploys);
}

/** Each figure, and its ratio to the first row. */
function show(title: string, rows: readonly Row[]): void {
  const own = rows[0]?.[1];
  if (own === undefined) return;
  const ratio = (figure: number | undefined, of: number | undefined) =>
    figure === undefined || of === undefined || of === 0 ? "" : ` (${(figure / of).toFixed(2)}x)`;
  const lines = rows.map(([what, { seconds, cpuSeconds, requests }]) =>
    [
      `  ${what.padEnd(30)}`,
      `${seconds.toFixed(1)} s${ratio(seconds, own.seconds)}`.padEnd(18),
      cpuSeconds === undefined
        ? ""
        : `${cpuSeconds.toFixed(1)} s of CPU${ratio(cpuSeconds, own.cpuSeconds)}`.padEnd(26),
      `${requests} requests`,
    ].join(" "),
  );
  process.stdout.write(`\n${title}:\n${lines.join("\n")}\n`);
}
