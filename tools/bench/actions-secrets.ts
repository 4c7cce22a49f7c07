import { mkdir, writeFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { type Forgejo, startForgejo } from "../../rehearsal/forgejo";
import { type Changes, Pulumi } from "../../rehearsal/mission/pulumi";
import { inQuietFolder } from "./quiet-folder";
import { OWNER, repositoryNames, secretNames } from "./many-secrets/names";
import { residentBelow } from "./process-tree";
import { messageOf } from "../../systems/text";

/*
 * 1,000 Actions secrets in 50 repositories, with the real engine: created, previewed without a change, and all of
 * them renewed. Requests and resources are checked against the program's own counts; seconds and memory are printed.
 */
const TOKEN = "bench-token";
const STACK = "bench";
const TOTAL = repositoryNames.length * secretNames.length;
const SAMPLE_MS = 250;

async function main(): Promise<void> {
  const root = resolve(__dirname, "../..");
  await inQuietFolder(root, "bench-secrets-", async ({ cleanUp, folder, write }) => {
    const forgejo = await startForgejo({ token: TOKEN, owner: OWNER, repositories: repositoryNames });
    cleanUp(() => forgejo.stop());
    const pulumi = (value: string) =>
      new Pulumi({
        project: join(__dirname, "many-secrets"),
        folder,
        stack: STACK,
        environment: { FORGEJO_URL: forgejo.url, FORGEJO_TOKEN: TOKEN, SECRET_VALUE: value },
        write,
      });
    await mkdir(join(folder, "state"), { recursive: true });
    await writeFile(pulumi("").configFile, "");
    await pulumi("").init();
    await measure(forgejo, "up from nothing", { lists: 0, puts: TOTAL }, () => pulumi("first").up());
    await measure(forgejo, "preview without a change", { lists: repositoryNames.length, puts: 0 }, () =>
      pulumi("first").previewWithoutChanges(),
    );
    await measure(forgejo, "up that renews them all", { lists: 0, puts: TOTAL }, () => pulumi("second").up());
  });
}

interface Requests {
  readonly lists: number;
  readonly puts: number;
}

/** @throws if it takes more requests than one list per repository and one PUT per written secret. */
async function measure(
  forgejo: Forgejo,
  what: string,
  most: Requests,
  run: () => Promise<Changes>,
): Promise<void> {
  const before = forgejo.requests.length;
  let peakMib = 0;
  const sampler = setInterval(() => {
    peakMib = Math.max(peakMib, residentBelow(process.pid, ["pulumi", "esbuild"]));
  }, SAMPLE_MS);
  const started = performance.now();
  const changes = await run().finally(() => clearInterval(sampler));
  const seconds = (performance.now() - started) / 1000;
  const made = forgejo.requests.slice(before);
  const lists = made.filter(({ method }) => method === "GET").length;
  const puts = made.filter(({ method }) => method === "PUT").length;
  process.stdout.write(
    `${what}: ${seconds.toFixed(1)} s, ${lists} lists, ${puts} puts, ${Math.round(peakMib)} MiB besides the CLI; ` +
      `${changes.create} created, ${changes.update} updated, ${changes.same} unchanged\n`,
  );
  if (lists > most.lists || puts > most.puts) {
    throw new Error(`${what}: at most ${most.lists} lists and ${most.puts} puts were expected`);
  }
}

main().catch((error: unknown) => {
  process.stderr.write(`${messageOf(error)}\n`);
  process.exitCode = 1;
});
