import { type ChildProcess, spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { createInterface } from "node:readline";
import { parse, stringify } from "yaml";
import { processesWhere } from "../../rehearsal/host/processes";
import { until } from "../../rehearsal/host/until";
import { endChildren, type Running, startChild } from "../support/children";
import { LOADER } from "../support/loader";

/*
 * `npm start` on an Authentik and a Forgejo that are not its own: whatever becomes of a run, the servers hold afterwards what they held before. Both
 * are the stand-ins, as servers of a process of their own, which the rehearsal knows by their addresses and tokens alone.
 */
const PROJECT = resolve(__dirname, "../..");
const RUNS = join(PROJECT, ".rehearsal");
const newToken = () => randomBytes(18).toString("hex");
const tokens = { AUTHENTIK_TOKEN: newToken(), FORGEJO_TOKEN: newToken() };
let folder: string;
let servers: ChildProcess;
let urls = { authentik: "", forgejo: "" };
let before: unknown;

beforeAll(async () => {
  mkdirSync(RUNS, { recursive: true });
  folder = mkdtempSync(join(RUNS, "test-"));
  const program = join(__dirname, "support/real-servers.ts");
  servers = spawn(process.execPath, ["--require", LOADER, program], {
    env: { ...process.env, ...tokens },
    stdio: ["pipe", "pipe", "inherit"],
  });
  const [line] = (await once(createInterface({ input: servers.stdout ?? process.stdin }), "line")) as [
    string,
  ];
  urls = JSON.parse(line) as typeof urls;
  before = await inventory();
});
afterEach(() => endChildren());
afterAll(async () => {
  servers.stdin?.end();
  await once(servers, "close");
  rmSync(folder, { recursive: true });
});

function start(...flags: string[]): Running {
  const environment = { ...process.env, ...tokens, AUTHENTIK_URL: urls.authentik, FORGEJO_URL: urls.forgejo };
  // What `npm start` runs.
  return startChild(process.execPath, ["tools/setup/bootstrap.cjs", "start", ...flags], {
    cwd: PROJECT,
    env: environment,
  });
}

const authentikApi = (path: string, init: RequestInit = {}) =>
  fetch(`${urls.authentik}/api/v3/${path}`, {
    ...init,
    headers: { authorization: `Bearer ${tokens.AUTHENTIK_TOKEN}`, "content-type": "application/json" },
  });

type Row = Record<string, unknown>;

/** All that an admin can see of both. */
async function inventory(): Promise<unknown> {
  const lists = [
    ...[
      "core/applications",
      "providers/oauth2",
      "core/users",
      "core/groups",
      "core/tokens",
      "managed/blueprints",
    ],
    ...["flows/instances", "flows/bindings", "stages/all", "policies/bindings"],
  ];
  const authentik = await Promise.all(
    lists.map(async (list) => {
      const answer = await authentikApi(`${list}/?page_size=100&superuser_full_list=true`);
      return [list, ((await answer.json()) as { results: Row[] }).results] as const;
    }),
  );
  const paths = ["user/orgs", "repos/search", "repos/somebody/blumeops/actions/secrets"];
  const forgejo = await Promise.all(
    paths.map(async (path) => {
      const headers = { authorization: `token ${tokens.FORGEJO_TOKEN}` };
      return [path, await (await fetch(`${urls.forgejo}/api/v1/${path}`, { headers })).json()] as const;
    }),
  );
  return Object.fromEntries<unknown>([...authentik, ...forgejo]);
}

/** Of an environment that it names that run's folder. */
const names = (run: string) => (environment: readonly string[]) =>
  environment.some((each) => each.includes(join(RUNS, run)));

/** Once it makes its objects in Authentik, and long before it is done. */
async function inTheMiddle(run: Running): Promise<void> {
  let isOver = false;
  void run.ended.then(() => (isOver = true));
  await until("the run makes objects, or has ended", async () => {
    const users = (await (await authentikApi("core/users/?username=zot-ci")).json()) as { results: Row[] };
    return isOver || users.results.length > 0;
  });
  expect(run.output).toContain("▸ pulumi up …");
  expect(run.output).not.toContain("✔ pulumi up");
}

test("a run that fails leaves nothing behind", async () => {
  const file = join(folder, "expects-too-much.yaml");
  const ansible = readFileSync(join(PROJECT, "rehearsal/installations/ansible.yaml"), "utf8");
  writeFileSync(file, stringify({ ...(parse(ansible) as object), expect: { refused: ["loseLogins"] } }));
  const { output, status } = await start("--installation", file).ended;
  expect(output).toContain("must be refused");
  expect(status).toBe(1);
  expect(await inventory()).toEqual(before);
});

test("a run that is ended by Ctrl-C leaves nothing behind", async () => {
  const run = start();
  await inTheMiddle(run);
  run.signal("SIGINT");
  const { output, status } = await run.ended;
  expect(output).toContain("interrupted");
  expect(status).not.toBe(0);
  expect(await inventory()).toEqual(before);
});

test("the next run removes what a killed run left, and proves everything, with interactive logins and without Connect", async () => {
  const others = new Set(readdirSync(RUNS));
  const killed = start();
  await inTheMiddle(killed);
  const [run = ""] = readdirSync(RUNS).filter((each) => each.startsWith("run-") && !others.has(each));
  killed.signal("SIGKILL");
  await killed.ended;
  // Pulumi puts its plugins into groups of their own, and the host's service is in one of its own as well.
  expect(processesWhere(names(run))).not.toEqual([]);
  expect(await inventory()).not.toEqual(before);

  const report = join(folder, "report.json");
  const { output, status } = await start("--service-account", "--report", report).ended;
  expect(output).toContain(`ending what a rehearsal left in ${join(RUNS, run)} that was killed`);
  expect(processesWhere(names(run))).toEqual([]);
  expect(readdirSync(RUNS)).not.toContain(run);
  expect(output).toMatch(/removing what a rehearsal left in \S+ that was killed: .*core\/users\/zot-ci/);
  expect(output).toMatch(/removing what a rehearsal left in \S+ that was killed: zot-access-rehearsal/);
  expect([output, status]).toEqual([expect.stringMatching(/of (\d+) answers as expected/), 0]);
  expect(output).toMatch(/real +Authentik\n/);
  expect(output).toMatch(/real +Forgejo\n/);
  expect(output).toMatch(/stand-in +1Password, by op and a service account\n/);
  const { matrix } = JSON.parse(readFileSync(report, "utf8")) as {
    matrix: { identity: string; ok: boolean }[];
  };
  expect(matrix.filter(({ ok }) => !ok)).toEqual([]);
  expect(matrix.map(({ identity }) => identity)).toEqual(expect.arrayContaining(["admin", "no group"]));
  expect(await inventory()).toEqual(before);
});

test("a name that is taken is refused, and its object stays as it is", async () => {
  const made = await authentikApi("core/users/", {
    method: "POST",
    body: JSON.stringify({ username: "ben", name: "Ben himself" }),
  });
  const { pk } = (await made.json()) as { pk: number };
  try {
    const there = await inventory();
    const { output, status } = await start().ended;
    expect(output).toMatch(/has core\/users\/ben already; .* rename them, or give it an Authentik without/);
    expect(status).toBe(1);
    expect(await inventory()).toEqual(there);
  } finally {
    await authentikApi(`core/users/${pk}/`, { method: "DELETE" });
  }
  expect(await inventory()).toEqual(before);
});
