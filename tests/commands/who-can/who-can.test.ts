import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { formatReach, formatReport } from "../../../commands/who-can/format";
import { canReach } from "../../../commands/who-can/reach";
import { audit } from "../../../commands/who-can/report";
import type { AuditReport, Question, ReachReport } from "../../../commands/who-can/types";
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

test("the report shows what Authentik and zot have now, and names what it cannot read", async () => {
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

test("a key that zot refuses is named as unreadable, and the rest of the report stays", async () => {
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

describe("the rights of an Actions secret's holder", () => {
  const settingsWith = (secrets: Record<string, string>) => ({
    ...world.raw,
    forgejo: {
      ...(world.raw["forgejo"] as object),
      repositories: [{ name: "blumeops", secrets }],
    },
  });
  async function reach(secrets: Record<string, string>, asked: string) {
    const answers = { stack: "test", config: configText(settingsWith(secrets)), state: deployedState(world) };
    const own = { ...installPulumi(world.folder, answers), ...world.environment };
    return canReach(await openStack({ stack: "test", environment: own }), asked, NOW);
  }
  const shown = ({ reaches }: ReachReport) =>
    reaches.map(({ holder, place, rights, what }) => [
      place,
      what,
      holder ?? "",
      rights.map(({ area, may }) => `${area}: ${may.join(" ")}`).join("; "),
    ]);
  const ofPusher = "**: pull; blumeops/**: pull push; docker.io/**: pull; ghcr.io/**: pull; quay.io/**: pull";

  test("follows the key that the settings name, and a key behind a reference", async () => {
    const secrets = { ZOT_CI_API_KEY: "key:zot-ci", COPY: "op://homelab/zot-ci-apikey/password" };
    const expected = ["eblume/blumeops", "the key of zot-ci", "zot-ci", ofPusher];
    expect(shown(await reach(secrets, "zot_ci_api_key"))).toEqual([expected]);
    expect(shown(await reach(secrets, "eblume/blumeops/COPY"))).toEqual([expected]);
  });

  test("tells secrets that give every right, secrets that reach keys through a workflow, and harmless ones", async () => {
    const secrets = {
      SSO: "op://homelab/authentik/token",
      FORGE: "op://homelab/forgejo/token",
      OTHER: "op://homelab/zot-ci-apikey/username",
      GONE: "op://homelab/none/field",
      ZOT_CI_API_KEY: "key:zot-ci",
    };
    expect(shown(await reach(secrets, "SSO"))).toEqual([
      ["eblume/blumeops", "Authentik's API token of this stack", "", "**: pull push overwrite delete"],
    ]);
    expect(shown(await reach(secrets, "FORGE"))).toEqual([
      [
        "eblume/blumeops",
        "Forgejo's token of this stack: a workflow that it changes can use the keys of zot-ci",
        "",
        ofPusher,
      ],
    ]);
    const [[, what, , rights] = []] = shown(await reach(secrets, "OTHER"));
    expect([what, rights]).toEqual([expect.stringMatching(/^no key that the settings/), ""]);
    const [[, unread] = []] = shown(await reach(secrets, "GONE"));
    expect(unread).toMatch(/^could not be read/);
    const report = await reach(secrets, "SSO");
    expect(formatReach(report) + JSON.stringify(report)).not.toMatch(/zak_|-token-of-the-tests/);
    await expect(reach(secrets, "ZOT_CI_APIKEY")).rejects.toThrow("did you mean ZOT_CI_API_KEY?");
  });
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

test("the command answers scripts in JSON, and wrong arguments with its usage and exit code 2", async () => {
  const [told, odd] = await Promise.all([
    run("--stack", "test", "--json", "push", "blumeops/hello"),
    run("--stack", "test", "Push"),
  ]);
  expect(told).toMatchObject({ code: 0, errors: "" });
  const { question, rights } = JSON.parse(told.output) as AuditReport;
  expect(question).toEqual({ verb: "push", repository: "blumeops/hello" });
  expect(rights.map(({ who }) => who)).toContain("zot-ci");
  expect(odd.code).toBe(2);
  const file = join(world.folder, "who.html");
  const [page, both, unwritable] = await Promise.all([
    run("--stack", "test", "--html", file),
    run("--stack", "test", "--user", "ada", "--can-reach", "ZOT_CI_API_KEY"),
    run("--stack", "test", "--html", join(world.folder, "none", "who.html")),
  ]);
  expect(page).toMatchObject({ code: 0, output: `written to ${file}\n` });
  expect(await readFile(file, "utf8")).toMatch(/^<!doctype html>[^]*zot-access\/test\/zot-ci/);
  expect([both.code, both.errors]).toEqual([
    2,
    expect.stringContaining("--user and --can-reach cannot be combined"),
  ]);
  expect([unwritable.code, unwritable.errors]).toEqual([
    2,
    expect.stringContaining("no such file or directory"),
  ]);
  expect(odd.errors).toContain("Push is neither pull, push, overwrite, delete nor the name of a repository");
});
