import { spawnSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { serve } from "../../../commands/conform/process";
import { conform } from "../../../commands/conform/run";
import { cases } from "../../../commands/conform/table";
import { versionOf } from "../../../commands/conform/process";
import { metricsRules } from "../../../systems/zot/config/metrics";
import { zotOf } from "../../../rehearsal/zot/flavours";
import { RELEASES, type ZotRelease } from "../../../rehearsal/zot/version";
import { standIn } from "../../commands/verify/stand-in";
import { configIn, temporaryFolder } from "./run-zot";

/*
 * What differs between the releases, by the tags of zot's repository. The model of rights says the same by version, and a real zot
 * is asked by `npm run conform -- --zot BINARY`.
 */
const folder = temporaryFolder();

test.each(RELEASES)("%s tells its version, and answers as the model says of it", async (release) => {
  const candidate = standIn(release);
  try {
    expect(await versionOf(candidate.binary)).toBe(`v${release}`);
    const [table] = cases();
    const verdicts = await conform(candidate, { table: table ? [table] : [] });
    expect(verdicts.flatMap(({ differences }) => differences)).toEqual([]);
    expect(verdicts.map(({ answers }) => answers > 300)).toEqual([true]);
  } finally {
    candidate.remove();
  }
});

/** The config of `configIn`, with more of `http`. */
function configFile(name: string, change: (config: ReturnType<typeof configIn>) => void): string {
  const config = configIn(folder, 0, { issuer: "https://issuer.example.org" });
  if (config.http.accessControl) delete config.http.accessControl.metrics;
  const { openid } = config.http.auth as { openid: { providers: { oidc: Record<string, unknown> } } };
  openid.providers.oidc["claimMapping"] = { username: "preferred_username" };
  change(config);
  const file = join(folder, `${name}.json`);
  writeFileSync(file, JSON.stringify(config));
  return file;
}

const CHANGES: readonly [what: string, since: ZotRelease, change: Parameters<typeof configFile>[1]][] = [
  ["nothing", "2.1.15", () => undefined],
  ["storage.maxRepos", "2.1.16", ({ storage }) => Object.assign(storage, { maxRepos: 5 })],
  [
    "a claim for groups",
    "2.1.17",
    ({ http: { auth } }) => {
      const { openid } = auth as { openid: { providers: { oidc: { claimMapping: object } } } };
      Object.assign(openid.providers.oidc.claimMapping, { groups: "roles" });
    },
  ],
  [
    "metrics for anonymous",
    "2.1.18",
    ({ http: { accessControl } }) =>
      Object.assign(accessControl ?? {}, { metrics: { anonymousPolicy: ["read"] } }),
  ],
  [
    "storage.gcTimeWindow",
    "2.1.19",
    ({ storage }) => Object.assign(storage, { gcTimeWindow: "02:00-04:00" }),
  ],
];

test.each(CHANGES)("%s is known since %s, and refused before", (what, since, change) => {
  const file = configFile(what.replaceAll(/\W/g, "-"), change);
  const taken = RELEASES.filter(
    (release) => spawnSync(zotOf(release, folder), ["verify", file]).status === 0,
  );
  expect(taken).toEqual(RELEASES.slice(RELEASES.indexOf(since)));
});

test.each(RELEASES)("%s: metrics for all, and what a docker client is answered", async (release) => {
  const config = configIn(join(folder), 0);
  config.http.port = "0";
  config.log.level = "info";
  delete config.log.output;
  config.storage.rootDirectory = join(folder, `data-${release}`);
  config.extensions = { metrics: { enable: true, prometheus: { path: "/metrics" } } };
  if (config.http.accessControl)
    config.http.accessControl.metrics = metricsRules({ anonymous: true, users: [] }, release);
  const file = join(folder, `serve-${release}.json`);
  writeFileSync(file, JSON.stringify(config));
  const { url, stop } = await serve(zotOf(release, folder), file);
  const status = async (path: string, init: RequestInit = {}) => (await fetch(`${url}${path}`, init)).status;
  try {
    const challenged = RELEASES.indexOf(release) >= RELEASES.indexOf("2.1.16");
    expect(await status("/metrics")).toBe(200);
    expect(await status("/v2/", { headers: { "user-agent": "docker/27.0" } })).toBe(challenged ? 401 : 200);
    expect(await status("/v2/")).toBe(200);
  } finally {
    await stop();
  }
});
