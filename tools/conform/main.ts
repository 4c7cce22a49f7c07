import { constants } from "node:os";
import { askZot, lookAtConfigs } from "../../commands/conform/zot";
import { commandLine, parse, runMain, usageError } from "../../commands/shared/command-line";
import { IN_CLEAR, isSentInClear } from "../../systems/http/loopback";
import { conclude, isClean, formatFact } from "./report";
import { recordOf, recordOfZot, writeRecord } from "./record";
import { conformTo } from "./run";
import { COMPARED } from "./systems";
import { nearness } from "./systems/releases";

const line = commandLine(
  "npm run conform --",
  "--zot BINARY | --authentik URL | --forgejo URL | --connect URL --vault NAME [--flavour RELEASE] [--record] | --configs FOLDER [--zot BINARY]",
  "Asks a real system what this project takes for granted of it, and its stand-in too, and prints every difference with what depends on it. " +
    "Or says of each zot config in a folder what of it would go, and what would be refused. In Authentik, Forgejo and 1Password it makes " +
    "objects whose names begin with zot-access-conform-, and removes them again, also after a failure; run one comparison a server at a time.",
  {
    0: "there is no difference but those that are written down, and nothing is lost",
    1: "there is another difference, something could not be removed, or a config loses something",
    2: "the arguments are wrong, or nothing was compared",
  },
)
  .option("--zot <binary>", "the zot to ask; it is started on loopback")
  .option("--authentik <url>", "the Authentik to ask, with an admin's API token in AUTHENTIK_TOKEN")
  .option("--forgejo <url>", "the Forgejo or Gitea to ask, with a token for everything in FORGEJO_TOKEN")
  .option(
    "--connect <url>",
    "the 1Password Connect to ask, with a token that may write to the vault in OP_CONNECT_TOKEN",
  )
  .option("--vault <name>", "the vault to make items in, by its name or id; with --connect")
  .option(
    "--flavour <release>",
    "the release that the stand-in plays, where it is not the one that the server tells",
  )
  .option(
    "--configs <folder>",
    "zot configs (JSON, YAML); with --zot, that zot verifies each as it is and as it would be rendered",
  )
  .option("--record", "also write the result to docs/conformance.md");

interface Options {
  readonly zot?: string;
  readonly authentik?: string;
  readonly forgejo?: string;
  readonly connect?: string;
  readonly vault?: string;
  readonly flavour?: string;
  readonly configs?: string;
  readonly record?: true;
}

async function main(): Promise<number> {
  const { options } = parse<Options>(line);
  const { zot, configs, record = false } = options;
  if (configs !== undefined && configs !== "") {
    const { zot: _zot, configs: _configs, ...others } = options;
    const idle = Object.keys(others).map((name) => `--${name}`);
    if (idle.length > 0)
      throw usageError(line, `--configs goes with --zot alone, and not with ${idle.join(", ")}`);
    return lookAtConfigs(configs, zot);
  }
  const chosen = COMPARED.flatMap((system) => {
    const url = options[system.option];
    return url === undefined || url === "" ? [] : [{ system, url }];
  });
  const [one, second] = chosen;
  if (!one || second)
    throw usageError(
      line,
      "name one system: --zot, --authentik, --forgejo or --connect, or a folder of configs with --configs",
    );
  const { connect, vault } = options;
  if ((connect === undefined) !== (vault === undefined))
    throw usageError(
      line,
      vault === undefined
        ? "--connect makes items: say in which vault with --vault"
        : "--vault goes with --connect",
    );
  const isAddress = one.system.option !== "zot";
  if (isAddress && !URL.canParse(one.url))
    throw usageError(line, `--${one.system.option} ${one.url}: write a whole address, such as https://host`);
  if (!isAddress && options.flavour !== undefined)
    throw usageError(line, "--flavour goes with --authentik, --forgejo or --connect");
  if (isAddress && isSentInClear(one.url))
    throw usageError(line, `--${one.system.option} ${IN_CLEAR.problem}: ${IN_CLEAR.fix}`);
  const code = await compare(one.system, one.url, options);
  if (isAddress) return code;
  const result = await askZot(one.url);
  if (record) writeRecord(recordOfZot(result, new Date()));
  return result.verdicts.some(({ differences }) => differences.length > 0) ? 1 : code;
}

async function compare(
  system: (typeof COMPARED)[number],
  url: string,
  { flavour: asked, record, vault }: Options,
): Promise<number> {
  if (asked !== undefined && !system.flavours.includes(asked))
    throw usageError(
      line,
      `--flavour ${asked}: ${system.name}'s stand-in plays ${system.flavours.join(", ")}`,
    );
  const stop = new AbortController();
  let isOpen = false;
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const)
    process.once(signal, () => {
      // Until then nothing is made but processes and folders, which end with this process.
      if (!isOpen) process.exit(128 + constants.signals[signal]);
      stop.abort(new Error("interrupted; what was made is removed"));
    });
  const opened = await system.open(url, process.env, { vault });
  const { known, server, side: found, version } = opened;
  const side = { ...found, flavour: asked ?? found.flavour };
  const standIn = await system.standIn(side.flavour).catch(async (error: unknown) => {
    await opened.stop?.();
    throw error;
  });
  isOpen = true;
  const began = Date.now();
  try {
    const verdict = await conformTo(system, { side, ...(known && { known }) }, standIn, {
      signal: stop.signal,
      told: (fact, differences) => process.stdout.write(formatFact(fact, differences)),
    });
    const seconds = (Date.now() - began) / 1000;
    const note = nearness(version, side.flavour, system.flavours);
    process.stdout.write(conclude(`${server} ${version}`, side.flavour, verdict, seconds, note));
    if (record)
      writeRecord(recordOf({ server, version, flavour: side.flavour, verdict, seconds, date: new Date() }));
    return isClean(verdict) ? 0 : 1;
  } finally {
    await Promise.all([standIn.stop(), opened.stop?.()]);
  }
}

// Nothing was compared, which is not a difference.
runMain("conform", main, { failed: 2 });
