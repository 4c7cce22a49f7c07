import { spawn } from "node:child_process";
import { once } from "node:events";
import { resolve } from "node:path";
import { formatReport } from "../../../commands/who-can/format";
import { audit } from "../../../commands/who-can/report";
import type { AuditReport, Question } from "../../../commands/who-can/types";
import { openStack } from "../../../commands/shared/stack";
import { LOADER } from "../../support/loader";
import { configText, installPulumi } from "../shared/fake-pulumi";
import { deployedState, startWorld, type World } from "../verify/world";

let world: World;
const NOW = new Date();

beforeAll(async () => (world = await startWorld()));
afterAll(() => world.stop());

/** How the CLI's answers are found, with this key as the one that was deployed. */
function environment(key = world.ci.key): NodeJS.ProcessEnv {
  const state = deployedState({ ci: { ...world.ci, key } });
  const answers = { stack: "test", config: configText(world.raw), state };
  return { ...installPulumi(world.folder, answers), ...world.environment };
}

async function report(question: Question = {}, key?: string): Promise<AuditReport> {
  return audit(await openStack({ stack: "test", environment: environment(key) }), question, NOW);
}

test("the report is of what Authentik and zot have now, and says what it cannot see", async () => {
  const before = await report({ repository: "blumeops/hello" });
  expect(before).toMatchObject({ zotVersion: "2.1.20", differences: [], superusers: ["akadmin"] });
  expect(before.rights.map(({ who, may }) => [who, may.join(" ")])).toEqual([
    ["everybody", "pull"],
    ["ada", "pull push overwrite delete"],
    ["zot-ci", "pull push"],
  ]);
  expect(before.keys).toEqual([
    expect.objectContaining({ owner: "zot-ci", role: "in use", isExpired: false }),
  ]);
  expect(before.notSeen.join()).toContain("keys of anybody but zot-ci");

  const { authentik } = world;
  const ben = authentik.state.userByName("ben");
  const writers = [...authentik.state.groups.values()].find(({ name }) => name === "artifact-workloads");
  ben?.groups.push(writers?.pk ?? "");
  const after = await report({ verb: "push", repository: "blumeops/hello" });
  expect(after.rights.map(({ who }) => who)).toEqual(["ada", "ben", "zot-ci"]);
  expect(after.differences.map(({ found }) => found)).toEqual([
    "ben is in artifact-workloads, where the settings put zot-ci alone",
  ]);
  expect(authentik.requests.filter(({ method }) => method === "GET").length).toBeGreaterThan(3);
});

test("for people it is a table that names each key by its label, never by itself", async () => {
  const text = formatReport(await report(), { color: false });
  expect(text).toMatch(
    /blumeops\/\*\* +zot-ci +service account +pull, push +group artifact-workloads \(pushers\.zot-ci\)/,
  );
  expect(text).toMatch(/zot-ci +zot-access\/test\/zot-ci +in use/);
  expect(text).not.toMatch(/zak_|-token-of-the-tests/);
});

test("a key that zot no longer takes is named as what could not be seen, with all the rest still there", async () => {
  const { keys, notSeen, rights } = await report({}, "zak_gone");
  expect(keys).toEqual([]);
  expect(notSeen.join()).toContain("the keys of zot-ci: could not list the API keys");
  expect(rights.length).toBeGreaterThan(3);
});

test("an Authentik that is away, or does not take the token, is an error, not a report of nobody", async () => {
  world.authentik.setFault("cut");
  const silent = await report().catch(String);
  world.authentik.setFault("none");
  expect(silent).toContain("no answer");
  const [token] = [...world.authentik.state.tokens.values()].filter(({ intent }) => intent === "api");
  const key = token?.key ?? "";
  if (token) token.key = "another";
  const refused = await report().catch(String);
  if (token) token.key = key;
  expect(refused).toMatch(/could not (read|list) core\/.*answered 403/);
  expect(refused).toContain("authentik.token");
});

/** Runs the command as npm does. */
async function run(...args: string[]) {
  const command = resolve(__dirname, "../../../commands/who-can/main.ts");
  const child = spawn(process.execPath, ["--require", LOADER, command, ...args], {
    env: { ...environment(), TMPDIR: process.env["TMPDIR"] },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let [output, errors] = ["", ""];
  child.stdout.on("data", (chunk) => (output += String(chunk)));
  child.stderr.on("data", (chunk) => (errors += String(chunk)));
  const [code] = (await once(child, "close")) as [number];
  return { code, output, errors };
}

test("the command answers scripts in JSON, and what it does not understand with its usage and exit 2", async () => {
  const [told, odd] = await Promise.all([
    run("--stack", "test", "--json", "push", "blumeops/hello"),
    run("--stack", "test", "Push"),
  ]);
  expect(told).toMatchObject({ code: 0, errors: "" });
  const { question, rights } = JSON.parse(told.output) as AuditReport;
  expect(question).toEqual({ verb: "push", repository: "blumeops/hello" });
  expect(rights.map(({ who }) => who)).toContain("zot-ci");
  expect(odd.code).toBe(2);
  expect(odd.errors).toContain("Push is neither pull, push, overwrite, delete nor the name of a repository");
});
