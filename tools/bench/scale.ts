import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { pushOpenly } from "../../rehearsal/mission/image";
import type { Pulumi } from "../../rehearsal/mission/pulumi";
import { changeSettings, prepareStack } from "../../rehearsal/mission/stack";
import { NEIGHBOURS_REPOSITORY, type Registry, startWorld, type World } from "../../rehearsal/mission/world";
import { type Cost, cost, medianCost } from "./measure";
import { inQuietFolder, type QuietFolder } from "./quiet-folder";

/** How many more of a unit than the one of every stack. */
const MORE = 10;

interface Size {
  readonly pushers: number;
  /** In Forgejo, of the first pusher's key. */
  readonly secrets: number;
}

interface Names {
  /** Of pushers. */
  readonly prefix: string;
  /** In Forgejo, which gets the secrets. */
  readonly repository: string;
}

/** The cost of a stack of that size. */
interface Costs {
  readonly up: Cost;
  readonly preview: Cost;
}

const ONE: Size = { pushers: 1, secrets: 1 };

/**
 * The cost of each further unit, from stacks that only differ in the number of that unit, each in its own world: a
 * deploy from nothing, and a preview without a change. A further registry has its own stack, beside the first one's
 * in the same Authentik, 1Password and Forgejo. The cost of a cluster needs an API server: see `npm run
 * test:cluster`.
 */
export async function scale(project: string, runs: number, print: (line: string) => void): Promise<void> {
  const one = await inWorld(project, async (quiet, world) => {
    const first = await stackOf(quiet, world, world, "rehearsal", ONE);
    const costs = await costsOf(first, runs);
    const registry = await world.addRegistry("second-host");
    await pushOpenly(registry.host.registryUrl);
    const second = await stackOf(quiet, world, beside(registry, world), "rehearsal-attic", ONE, {
      prefix: "attic",
      repository: NEIGHBOURS_REPOSITORY.name,
    });
    return { first: costs, registry: await costsOf(second, runs) };
  });
  const sized = (size: Size) =>
    inWorld(project, async (quiet, world) =>
      costsOf(await stackOf(quiet, world, world, "rehearsal", size), runs),
    );
  const secrets = await sized({ ...ONE, secrets: 1 + MORE });
  const pushers = await sized({ ...ONE, pushers: 1 + MORE });
  for (const line of table([
    ["1 registry, 1 pusher, 1 secret", one.first],
    ["each further secret", growth(one.first, secrets)],
    ["each further pusher, with a secret", growth(one.first, pushers)],
    ["each further registry, with its stack", one.registry],
  ]))
    print(line);
}

async function inWorld<Result>(
  project: string,
  work: (quiet: QuietFolder, world: World) => Promise<Result>,
): Promise<Result> {
  const results: Result[] = [];
  await inQuietFolder(project, "bench-scale-", async (quiet) => {
    await mkdir(join(quiet.folder, "tmp"), { recursive: true });
    const world = await startWorld(quiet.folder);
    quiet.cleanUp(() => world.stop());
    await pushOpenly(world.host.registryUrl);
    results.push(await work(quiet, world));
  });
  const [result] = results;
  if (result === undefined) throw new Error("the measurement gave no figures");
  return result;
}

async function stackOf(
  quiet: QuietFolder,
  world: World,
  registry: Pick<Registry, "places">,
  name: string,
  size: Size,
  names: Names = { prefix: "team", repository: "blumeops" },
): Promise<Pulumi> {
  const pulumi = await prepareStack(quiet, world, registry, name);
  quiet.cleanUp(() => pulumi.end());
  await changeSettings(pulumi, settingsOf(size, names));
  return pulumi;
}

function settingsOf({ pushers, secrets }: Size, { prefix, repository }: Names): Record<string, unknown> {
  const names = Array.from({ length: pushers }, (_, at) => `${prefix}-${at}`);
  const keyOf = (name: string, at: number): [string, string] => [
    `${name.replace("-", "_").toUpperCase()}_KEY_${at}`,
    `key:${name}`,
  ];
  const [first = ""] = names;
  return {
    "zot-access:pushers": {
      ...{ "zot-ci": null, "cv-ci": null },
      ...Object.fromEntries(names.map((name) => [name, { in: [`${name}/**`] }])),
    },
    "zot-access:forgejo": {
      repositories: [
        {
          name: repository,
          secrets: Object.fromEntries([
            ...names.map((name) => keyOf(name, 0)),
            ...Array.from({ length: secrets - 1 }, (_, at) => keyOf(first, at + 1)),
          ]),
        },
      ],
    },
  };
}

/** Another slug, and another owner's repository. */
function beside({ host, places }: Registry, { ownerOf }: World): Registry {
  const at = (key: string) => places[key] as object;
  const owner = ownerOf(NEIGHBOURS_REPOSITORY.owner);
  return {
    host,
    places: {
      ...places,
      "zot-access:authentik": { ...at("zot-access:authentik"), slug: "attic" },
      "zot-access:forgejo": { ...at("zot-access:forgejo"), owner },
    },
  };
}

async function costsOf(pulumi: Pulumi, runs: number): Promise<Costs> {
  const up = await cost(() => pulumi.up());
  return { up, preview: await medianCost(runs, () => pulumi.previewWithoutChanges()) };
}

export function growth(one: Costs, many: Costs): Costs {
  const each = (kind: keyof Costs): Cost => {
    const by = (figure: keyof Cost) => ((many[kind][figure] ?? NaN) - (one[kind][figure] ?? NaN)) / MORE;
    return {
      seconds: by("seconds"),
      cpuSeconds: by("cpuSeconds"),
      requests: by("requests"),
      peakMib: by("peakMib"),
    };
  };
  return { up: each("up"), preview: each("preview") };
}

const HEAD = ["", "run", "seconds", "seconds of CPU", "requests", "MiB of all processes"];

/** In Markdown, as the docs show it. */
export function table(rows: readonly (readonly [string, Costs])[]): string[] {
  const cells = rows.flatMap(([what, { preview, up }]) => [
    [what, "up from nothing", ...figures(up)],
    ["", "preview", ...figures(preview)],
  ]);
  const all = [HEAD, ...cells];
  const widths = HEAD.map((_, at) => Math.max(...all.map((row) => row[at]?.length ?? 0), 3));
  const row = (of: readonly string[]) =>
    `| ${widths.map((width, at) => (of[at] ?? "").padEnd(width)).join(" | ")} |`;
  return [row(HEAD), row(widths.map((width) => "-".repeat(width))), ...cells.map(row)];
}

function figures({ cpuSeconds, peakMib, requests, seconds }: Cost): string[] {
  return [seconds.toFixed(2), shown(cpuSeconds, 2), shown(requests, 1).replace(".0", ""), shown(peakMib, 0)];
}

/** `?` without `/proc`. */
function shown(figure: number | undefined, digits: number): string {
  return figure === undefined || Number.isNaN(figure) ? "?" : figure.toFixed(digits);
}
