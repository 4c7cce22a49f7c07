import { readFileSync } from "node:fs";
import { readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { secretsInState } from "../../commands/ci/state-secrets";
import { type Mission, ciKey, runMission } from "../../rehearsal/mission/mission";
import { runCommand } from "../../rehearsal/mission/command";
import { countChanges } from "../../rehearsal/mission/pulumi";
import { stackFile } from "../../rehearsal/mission/stack-file";
import {
  parseDeployment,
  resourcesOf,
  revealed,
  type Values,
  withResources,
} from "../../systems/pulumi/deployment";
import { importState } from "../../systems/pulumi/state";
import { toEncrypt } from "../../systems/pulumi/values";
import { DAY_MS } from "../../keys/key-calendar";
import { OWN } from "../../systems/pulumi/types";
import { ZotClient } from "../../systems/zot/client";
import { Api } from "../rehearsal/authentik/client";
import { upWithLog } from "./support/cut-log";
import { collectLogs, runCli } from "./support/revealed";
import { lastLine, notShown, postedInDocs, runJob } from "./support/runner";
import { stepsIn } from "../../commands/ci/plan";
import { FakeStack } from "../commands/ci/support/fake-stack";
import { misfits } from "../commands/ci/support/plan-shape";
import { endChildren, runChild } from "../support/children";
import { canWatch, type Seen, watchProcesses } from "../support/process-watch";
import { ownRehearsal } from "./support/own-rehearsal";

/*
 * The whole mission with the real Pulumi CLI and engine, sshd and a service process: what a user gets from `npm start`,
 * and what it leaves behind.
 */
const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;
/** RFC 1952, section 2.3.1. */
const GZIP = 0x1f8b;
const own = ownRehearsal();
let mission: Mission;
let seen: Seen;

beforeAll(async () => {
  const watch = watchProcesses(own.folder);
  try {
    mission = await own.begin(() => runMission(own));
  } finally {
    seen = watch.stop();
  }
});

// The tests share one stack: what one of them leaves running, or locked, would be the next one's failure.
afterEach(async () => {
  await mission.pulumi.interrupt();
  if ((await endChildren()) > 0) await mission.pulumi.dropLock();
});

test("pulumi up makes everything, and a second preview finds nothing to do", () => {
  const { up, preview2 } = mission.report;
  expect(up).toMatchObject({ update: 0, replace: 0, delete: 0 });
  expect(up.create).toBeGreaterThan(25);
  expect(preview2).toEqual({ create: 0, update: 0, replace: 0, delete: 0, same: up.create + up.same });
});

test("every answer of the access matrix is right, for each identity and each kind of target", () => {
  const { matrix } = mission.report;
  expect(matrix.filter(({ ok }) => !ok)).toEqual([]);
  expect(new Set(matrix.map(({ identity }) => identity))).toEqual(
    new Set([
      ...["anonymous", "cv-ci", "zot-ci", "admin", "no group", "wrong user", "expired key", "revoked key"],
    ]),
  );
  const answers = matrix.filter(({ client }) => client === "generic");
  const of = (identity: string, action: string) =>
    answers.filter((row) => row.identity === identity && row.action === action).map(({ actual }) => actual);
  expect(of("anonymous", "pull")).not.toHaveLength(0);
  const pushes = (identity: string, target: string) =>
    answers
      .filter(
        (row) => row.identity === identity && row.action === "push new tag" && row.target.startsWith(target),
      )
      .map(({ actual }) => actual);
  expect([pushes("zot-ci", "blumeops/"), pushes("zot-ci", "cv/")]).toEqual([["allowed"], ["403"]]);
  expect([pushes("cv-ci", "blumeops/"), pushes("cv-ci", "cv/")]).toEqual([["403"], ["allowed"]]);
  expect([pushes("zot-ci", "docker.io/"), pushes("cv-ci", "docker.io/")]).toEqual([["403"], ["403"]]);
});

test("verify passes for every system of the stack, with settings and state from the CLI", () => {
  const status = Object.fromEntries(mission.report.checks.map((check) => [check.name, check.status]));
  expect(status).toMatchObject({
    "zot's login": "ok",
    "the issuer": "ok",
    "the key of zot-ci": "ok",
    "the key of cv-ci": "ok",
    Authentik: "ok",
    Forgejo: "ok",
    "1Password": "ok",
    "the registry's host": "ok",
  });
  expect(Object.values(status)).not.toContain("warning");
});

test("each key is where it belongs: 1Password, Forgejo, nowhere else", () => {
  const { onepassword } = mission.world;
  const item = onepassword.itemsOf("rehearsal").find(({ title }) => title === "zot-ci-apikey");
  expect(item?.fields).toEqual(
    expect.arrayContaining([
      expect.objectContaining({ purpose: "USERNAME", value: "zot-ci" }),
      expect.objectContaining({ purpose: "PASSWORD", value: expect.stringMatching(/^zak_/) as string }),
    ]),
  );
});

test("nothing of it is shown as an error", () => {
  expect(own.output).not.toMatch(/error|errored/i);
});

test("the tree that pulumi prints reads like the mission", () => {
  for (const name of [
    "identity",
    "registry",
    "pusher-zot-ci",
    "pusher-cv-ci",
    "actions-secrets",
    "access-proof",
  ]) {
    expect(own.output).toMatch(new RegExp(`zot-access:index:\\w+ +${name} `));
  }
});

async function secretValues(): Promise<string[]> {
  const { host, secrets } = mission.world;
  const values = Object.values<string>({ ...secrets });
  return [...values, ciKey(mission.world), host.ssh.privateKey ?? "", await clientSecret()];
}

/** Those too that the run made, and that Authentik did. */
async function everySecret(): Promise<string[]> {
  const inState = secretsInState(await mission.pulumi.exportState("--show-secrets"));
  const fields = mission.world.onepassword.itemsOf("rehearsal").flatMap((item) => item.fields);
  const concealed = fields.filter(({ type }) => type === "CONCEALED").map(({ value = "" }) => value);
  const all = [...(await secretValues()), ...inState, ...concealed];
  // Names and dates of what is secret as a whole are shorter, and an id has dashes.
  return [...new Set(all)].filter((text) => text.length > 22 && !UUID.test(text));
}

(canWatch ? test : test.skip)(
  "no secret is among the arguments of a process, and the environment has those alone that open the rest",
  async () => {
    const { connectToken, passphrase } = mission.world.secrets;
    const values = await secretValues();
    expect([...seen.commandLines].filter((line) => line.includes("apply"))).not.toEqual([]);
    expect([...seen.commandLines].filter((line) => values.some((value) => line.includes(value)))).toEqual([]);
    const holding = (value: string) =>
      [...seen.variables]
        .filter((variable) => variable.includes(value))
        .map((variable) => variable.split("=")[0]);
    expect(new Set(values.flatMap(holding))).toEqual(
      new Set(["OP_CONNECT_TOKEN", "PULUMI_CONFIG_PASSPHRASE"]),
    );
    expect([holding(connectToken), holding(passphrase)]).toEqual([
      ["OP_CONNECT_TOKEN"],
      ["PULUMI_CONFIG_PASSPHRASE"],
    ]);
  },
);

(canWatch ? test : test.skip)(
  "no process of a run may leave a larger core dump than whoever started it",
  () => {
    const own = /^Max core file size +(\S+)/m.exec(readFileSync("/proc/self/limits", "utf8"))?.[1];
    const limits = [...seen.coreLimits];
    const parts = ["pulumi up", "pulumi-language-nodejs", "tools/start/program.cjs"];
    const isSeen = (part: string) => limits.some(([commandLine]) => commandLine.includes(part));
    expect(parts.filter((part) => !isSeen(part))).toEqual([]);
    expect(limits.filter(([, limit]) => ![own, "0"].includes(limit))).toEqual([]);
  },
);

test("no secret stands in clear in the state, the output, or any file that the run wrote", async () => {
  const state = await mission.pulumi.exportState();
  const files = await filesBelow(own.folder);
  // The places that exist to hold a secret: the host's credentials and keys, zot's own database.
  const places = [/\/ssh\//, /oidc-credentials\.json$/, /\/home\/zot\//];
  const values = await secretValues();
  const leaks: string[] = [];
  for (const value of values) {
    expect(value.length).toBeGreaterThan(20);
    if (own.output.includes(value)) leaks.push("the output");
    if (state.includes(value)) leaks.push("the exported state");
    for (const file of files.filter((path) => !places.some((place) => place.test(path)))) {
      if ((await unpacked(file)).includes(value)) leaks.push(file);
    }
  }
  expect(leaks).toEqual([]);
  expect(files.length).toBeGreaterThan(10);
});

test("whatever would print secrets is refused before the engine talks to a plugin, and its encrypted log holds them", async () => {
  const [before, written] = [own.output.length, watchWrites()];
  await expect(mission.pulumi.up("--logtostderr", "-v=9")).rejects.toThrow("pulumi up ended with status");
  const shown = own.output.slice(before);
  expect(shown).toContain("EvalSourceIterator");
  expect(shown).toMatch(/error: pulumi was asked for --logtostderr and -v=9: [^]*pulumi logs decrypt/);
  expect(shown).not.toMatch(/unhandled exception|\.ts:\d+:\d+/);
  expect(written()).toEqual([]);
  const secrets = await everySecret();
  expect(secrets.filter((secret) => shown.includes(secret))).toEqual([]);
  const log = await mission.pulumi.firstLog();
  expect(log).toMatch(/Unmarshaling property for RPC\[Provider\[/);
  expect(secrets.filter((secret) => log.includes(secret))).not.toEqual([]);
});

test("no flag or variable makes the CLI print a secret, and harmless ones still work", async () => {
  const collector = await collectLogs();
  own.cleanUp(() => {
    collector.stop();
    return Promise.resolve();
  });
  const cases: [args: string[], variables: Record<string, string>, refused: string | undefined][] = [
    [["up", "--yes", "--skip-preview", "--json"], {}, "--json"],
    [
      ["preview"],
      { PULUMI_OPTION_LOGTOSTDERR: "true", PULUMI_OPTION_VERBOSE: "9" },
      "PULUMI_OPTION_LOGTOSTDERR and PULUMI_OPTION_VERBOSE",
    ],
    [["preview"], { PULUMI_OPTION_VERBOSE: "9" }, "PULUMI_OPTION_VERBOSE"],
    [["preview"], { PULUMI_LOG_OTLP_ENDPOINT: collector.endpoint }, "PULUMI_LOG_OTLP_ENDPOINT"],
    [
      ["preview", "--json"],
      { PULUMI_ENABLE_STREAMING_JSON_PREVIEW: "true" },
      "PULUMI_ENABLE_STREAMING_JSON_PREVIEW",
    ],
    [["preview", "--json", "--show-sames"], {}, undefined],
    [["up", "--yes", "--skip-preview", "--output", "json", "--show-sames"], {}, undefined],
  ];
  const secrets = await everySecret();
  const results = [];
  for (const [at, [args, variables, refused]] of cases.entries()) {
    const { status, shown } = await runCli(mission, join(own.folder, `shown-${at}`), args, variables);
    const seen = shown + collector.received();
    const said = shown.includes(`pulumi was asked for ${refused ?? ""}`);
    results.push({
      args,
      failed: status !== 0,
      said,
      secrets: secrets.filter((one) => seen.includes(one)).length,
    });
  }
  expect(results).toEqual(
    cases.map(([args, , refused]) => ({
      args,
      failed: refused !== undefined,
      said: refused !== undefined,
      secrets: 0,
    })),
  );
  expect(collector.received()).not.toBe("");
  expect(secrets.length).toBeGreaterThan(5);
});

test("a night with drift, a pull request, the run on main and a night without drift post what docs/ci.md shows", async () => {
  const { world } = mission;
  if (!world.standIns) throw new Error("a real Forgejo does not tell what was posted to it");
  const [comment, previewed, deployed, , issue, closed] = postedInDocs();
  const pull = world.standIns.forgejo.openPull("blumeops", "Open a port");
  const issues = () => world.standIns?.forgejo.issuesOf("blumeops").filter((one) => !one.pull) ?? [];
  const file = join(world.host.layout.configFolder, "config.json");
  const good = await readFile(file, "utf8");
  await writeFile(file, good.replace('"level": "info"', '"level": "debug"'));

  const night = await runJob(mission, {
    folder: own.folder,
    job: "nightly",
    event: { schedule: "17 3 * * *" },
  });
  expect([night.status, lastLine(night.output)]).toEqual([1, "rehearsal: drift: 2 to update"]);
  expect(issues()).toMatchObject([{ state: "open", title: "rehearsal: drift: 2 to update" }]);
  expect(notShown(issue, issues()[0]?.body ?? "")).toEqual([]);

  const event = { action: "opened", number: pull.number, pull_request: { number: pull.number } };
  const preview = await runJob(mission, { folder: own.folder, job: "pull-request", event });
  expect([preview.status, lastLine(preview.output)]).toEqual([0, previewed]);
  expect(pull.comments).toHaveLength(1);
  expect(notShown(comment, pull.comments[0]?.body ?? "")).toEqual([]);
  expect(await readFile(file, "utf8")).toContain('"level": "debug"');

  const main = await runJob(mission, {
    folder: own.folder,
    job: "deploy",
    event: { ref: "refs/heads/main" },
  });
  expect(main.status).toBe(0);
  expect(notShown(deployed, main.output)).toEqual([]);
  expect(await readFile(file, "utf8")).toContain('"level": "info"');

  const well = await runJob(mission, {
    folder: own.folder,
    job: "nightly",
    event: { schedule: "17 3 * * *" },
  });
  expect([well.status, lastLine(well.output)]).toEqual([0, closed]);
  expect(issues()).toMatchObject([{ state: "closed" }]);

  const shown = [night, preview, main, well].map(({ output }) => output);
  const posted = [...issues().map(({ body }) => body), ...pull.comments.map(({ body }) => body)];
  const { secrets } = world;
  for (const secret of [
    ...(await secretValues()),
    ...(world.host.ssh.privateKey ?? "").split("\n"),
    secrets.passphrase,
  ])
    if (secret !== "") expect([...shown, ...posted].filter((text) => text.includes(secret))).toEqual([]);
});

test("a host that cannot be reached: previews warn and show what the settings change, and no up writes anywhere", async () => {
  const { pulumi, world } = mission;
  const settings = await readFile(pulumi.configFile, "utf8");
  // Something for each of the systems.
  const changes = {
    "zot-access:authentik": { applicationName: "images" },
    "zot-access:pushers": { "zot-ci": { in: ["attic/**"], lifetimeDays: 30, renewAfterDays: 20 } },
    "zot-access:forgejo": { repositories: [] },
  };
  await world.host.setReachable(false);
  try {
    await writeFile(pulumi.configFile, stackFile(settings, changes));
    const [before, written] = [own.output.length, watchWrites()];
    expect(await pulumi.preview()).toMatchObject({ create: 0, replace: 1 });
    const shown = own.output.slice(before);
    expect(shown).toMatch(/warning: drift on 127\.0\.0\.1 is unknown/);
    expect(shown).toMatch(
      /from the one as last deployed to the desired one:\n[^]*\n\s*[+] http.accessControl.repositories."attic\/[*][*]"/,
    );
    expect(shown).toMatch(/~ command:remote:Command[^+~-]*\n[^]*? ~ stdin *:/);
    const deploy = own.output.length;
    await expect(pulumi.up()).rejects.toThrow("pulumi up ended with status");
    expect(own.output.slice(deploy)).toMatch(/SSH to \S+@127\.0\.0\.1:\d+: /);
    expect(written()).toEqual([]);
  } finally {
    await world.host.setReachable(true);
    await writeFile(pulumi.configFile, settings);
  }
});

test("a renewed key reaches every consumer, and the former one keeps working for running jobs", async () => {
  const { pulumi, world } = mission;
  const old = ciKey(world);
  const settings = await readFile(pulumi.configFile, "utf8");
  const shorter = { "zot-access:pushers": { "zot-ci": { lifetimeDays: 30, renewAfterDays: 20 } } };
  await writeFile(pulumi.configFile, stackFile(settings, shorter));
  const mine = () => new ZotClient(world.host.registryUrl).listApiKeys(oldHolder);
  const oldHolder = { kind: "basic", username: "zot-ci", password: old } as const;
  const before = (await mine()).length;
  // A token that may not write: found out before a key is minted.
  world.onepassword.failNext(403, 1, ({ method }) => method !== "GET");
  await expect(pulumi.up()).rejects.toThrow("pulumi up ended with status");
  expect(await mine()).toHaveLength(before);
  const logged = await upWithLog(mission, ["--refresh"]);
  expect(countChanges(logged.shown)).toMatchObject({ replace: 1 });
  const renewed = ciKey(world);
  expect(renewed).not.toBe(old);
  const secrets = [...(await everySecret()), old];
  expect(secrets.filter((secret) => logged.whole.includes(secret)).length).toBeGreaterThan(5);
  expect(secrets.filter((secret) => logged.shown.includes(secret))).toEqual([]);
  expect(logged.shown).toMatch(/"Provider\[\w+\]\.Create\(urn:\S+pusher-zot-ci-api-key\) success/);
  for (const key of [old, renewed]) expect(await statusWith(key)).toBe(200);
  const plan = join(own.folder, "plan.json");
  await pulumi.savePlanWithoutChanges(plan);
  expect(own.output).toContain('"steps": [');
  const told = [own.output, await readFile(plan, "utf8")];
  expect([...secrets, renewed].filter((secret) => told.some((text) => text.includes(secret)))).toEqual([]);
});

test("the state encrypts a former key's secret alone, and the form of the version before is no change", async () => {
  const { configFile, environment, project: folder, stack } = mission.pulumi;
  const site = { stack, project: folder, configFile, environment };
  const shown = await mission.pulumi.exportState("--show-secrets");
  const beside = ["zot-ci", mission.world.host.registryUrl];
  const hidden = secretsInState(shown);
  expect(hidden.filter((text) => beside.includes(text) || UUID.test(text))).toEqual([]);
  const state = parseDeployment(shown);
  const lists: Readonly<Record<string, string>> = {
    [OWN.keyHistory]: "former",
    [OWN.retiredKeys]: "former",
    [OWN.accessProof]: "identities",
  };
  const asBefore = resourcesOf(state).map((resource) => {
    const list = lists[resource.type];
    if (list === undefined) return resource;
    const whole = (values: Values = {}) =>
      list in values ? { ...values, [list]: toEncrypt(revealed(values[list])) } : values;
    const { inputs, outputs } = resource;
    return {
      ...resource,
      inputs: whole(inputs),
      outputs: whole(outputs),
      additionalSecretOutputs: ["key", list],
    };
  });
  await importState(site, withResources(state, asBefore));
  // What is secret as a whole for the sake of the key in it is not cut out of what jobs post.
  const whole = secretsInState(await mission.pulumi.exportState("--show-secrets"));
  expect(whole.sort()).toEqual(hidden.sort());
  expect(await mission.pulumi.refreshedPreviewWithoutChanges()).toMatchObject({ update: 0, replace: 0 });
});

test("with a due key, a changed token, an edited note or a deleted secret stops the night, and without them it renews", async () => {
  const { pulumi, world } = mission;
  if (!world.standIns) throw new Error("a real Forgejo does not tell what was posted to it");
  const { forgejo } = world.standIns;
  const { configFile, environment, project: cwd, stack } = pulumi;
  const site = { stack, project: cwd, configFile, environment };
  const state = parseDeployment(await pulumi.exportState());
  // As if it had been minted, and written down, two months ago.
  const aged = (values: Values = {}) => {
    const { createdAt } = values;
    if (typeof createdAt !== "string") return values;
    return { ...values, createdAt: new Date(Date.parse(createdAt) - 61 * DAY_MS).toISOString() };
  };
  const older = resourcesOf(state).map((resource) =>
    [OWN.apiKey, OWN.keyHistory].includes(resource.type as never)
      ? { ...resource, inputs: aged(resource.inputs), outputs: aged(resource.outputs) }
      : resource,
  );
  await importState(site, withResources(state, older));

  const edited = (title: string, isIt: (field: { purpose?: string; label?: string }) => boolean) => {
    const item = world.onepassword.itemsOf("rehearsal").find((one) => one.title === title);
    const field = item?.fields.find(isIt);
    if (!field) throw new Error(`${title} has no such field`);
    const before = field.value;
    Object.assign(field, { value: `${before} edited` });
    return () => Object.assign(field, { value: before });
  };
  const old = ciKey(world);
  const [written, night] = [
    watchWrites(),
    { folder: own.folder, job: "nightly", event: { schedule: "17 3 * * *" } },
  ];
  const asBefore = [
    edited("fly", ({ label }) => label === "deploy-token"),
    edited("zot-ci-apikey: about this item", ({ purpose }) => purpose === "NOTES"),
    () => {
      forgejo.plant("blumeops", "ARGOCD_AUTH_TOKEN", world.secrets.argocdToken);
    },
  ];
  forgejo.forget("blumeops", "ARGOCD_AUTH_TOKEN");
  const stopped = await runJob(mission, night);
  // The verification misses the secret as well.
  expect([stopped.status, lastLine(stopped.output)]).toEqual([
    1,
    expect.stringMatching(/^rehearsal: drift: 1 to create, 2 to update(;|$)/),
  ]);
  const posted = () => forgejo.issuesOf("blumeops").filter(({ pull, state: its }) => !pull && its === "open");
  const secretsOf = (name: string) => `actions-secrets-eblume-blumeops-${name}`;
  for (const name of ["pusher-zot-ci-note", secretsOf("FLY_DEPLOY_TOKEN"), secretsOf("ARGOCD_AUTH_TOKEN")])
    expect(posted()[0]?.body).toMatch(new RegExp(`Drift from the last deploy at [^:]*\`${name}\``));
  expect(posted()[0]?.body).not.toContain("::pusher-zot-ci-api-key");
  const changed = written().filter(({ path }) => !/\/issues/.test(path));
  expect([changed, ciKey(world)]).toEqual([[], old]);
  // The CLI that tests of CI's jobs make up says the same in the same form.
  const flags = ["--json", "--show-sames", "--refresh", "--non-interactive", "--color", "never"];
  const real = await runChild(
    "pulumi",
    ["preview", ...flags, "--stack", stack, "--config-file", configFile],
    {
      cwd,
      env: environment,
    },
  );
  let day = 0;
  const fake = new FakeStack(() => new Date(day * DAY_MS));
  day = 61;
  fake.meddled.add("rotates a token in 1Password").add("edits the note").add("deletes a secret in Forgejo");
  const made = await fake.run("pulumi", ["preview", "--json", "--refresh"]);
  const here = stepsIn(made.stdout).filter(({ urn }) => !urn.includes("$kubernetes:"));
  // The note's date follows the end of the key in 1Password's item, which is not two months old here.
  const isOfItem = (misfit: string) => misfit.endsWith("::pusher-zot-ci-note: sectionMap");
  expect(misfits(here, stepsIn(real.stdout)).filter((misfit) => !isOfItem(misfit))).toEqual([]);

  asBefore.forEach((undo) => undo());
  const renewed = await runJob(mission, night);
  expect([renewed.status, lastLine(renewed.output)]).toEqual([
    0,
    expect.stringMatching(/^rehearsal: no problems; closed #\d+$/),
  ]);
  expect(ciKey(world)).not.toBe(old);
  for (const key of [old, ciKey(world)]) expect(await statusWith(key)).toBe(200);
  expect(await pulumi.refreshedPreviewWithoutChanges()).toMatchObject({ update: 0, replace: 0 });
  const shown = [stopped.output, renewed.output, ...forgejo.issuesOf("blumeops").map(({ body }) => body)];
  expect((await everySecret()).filter((secret) => shown.some((text) => text.includes(secret)))).toEqual([]);
});

/** Puts a key of an admin and one of somebody of no group into 1Password, and gives the setting that names them. */
function keepKeysForProof(): Record<string, unknown> {
  const { identities, world } = mission;
  const proof: Record<string, unknown> = {};
  for (const [setting, name] of [
    ["admin", "admin"],
    ["outsider", "no group"],
  ] as const) {
    const { username, password = "" } = identities.find((identity) => identity.name === name) ?? {};
    world.onepassword.add("rehearsal", {
      title: `${setting}-key`,
      fields: [{ label: "key", value: password, section: "zot" }],
    });
    proof[setting] = { username, key: `op://rehearsal/${setting}-key/key` };
  }
  return proof;
}

test("a key that leaked is renewed and revoked by one up, as docs/operations.md says", async () => {
  const { pulumi, world } = mission;
  const leaked = ciKey(world);
  const settings = await readFile(pulumi.configFile, "utf8");
  await writeFile(
    pulumi.configFile,
    stackFile(settings, {
      "zot-access:pushers": { "zot-ci": { oldKey: "revoke", lifetimeDays: 31 } },
      "zot-access:proof": keepKeysForProof(),
    }),
  );
  // A note that was deleted by hand does not hold it up, though its update would fail.
  const note = "zot-ci-apikey: about this item";
  world.onepassword.forget("rehearsal", note);
  const item = "**::pusher-zot-ci-item";
  await expect(pulumi.up("--target", item, "--replace", item)).rejects.toThrow("pulumi up ended");
  expect(own.output).toMatch(/the state does not hold: [^]*Delete it \(op item delete \w{26} --vault/);
  const renewing = ["--replace", "**::pusher-zot-ci-api-key"];
  // Whoever is left out has the old key still.
  const before = own.output.length;
  expect(await pulumi.up(...renewing, "--exclude", item)).toMatchObject({ replace: 1 });
  expect(own.output.slice(before)).toContain("is still used by 1Password");
  expect(own.output.slice(before)).toMatch(new RegExp(`"${note}" was deleted [^]*Run pulumi up --refresh`));
  expect(ciKey(world)).toBe(leaked);
  expect(await statusWith(leaked)).toBe(200);
  world.onepassword.forget("rehearsal", "zot-ci-apikey");
  const gone = own.output.length;
  await expect(pulumi.up("--target", item)).rejects.toThrow("pulumi up ended");
  expect(own.output.slice(gone)).toMatch(/"zot-ci-apikey" was deleted from [^]*Run pulumi up --refresh/);
  // As if a first deploy had not heard the answer to its note, and made another one.
  world.onepassword.add("rehearsal", { title: note, tags: ["zot-access", pulumi.stack], fields: [] });
  const [lost] = world.onepassword.itemsOf("rehearsal").filter(({ title }) => title === note);
  const repaired = own.output.length;
  expect(await pulumi.up(...renewing, "--refresh")).toMatchObject({ create: 2, replace: 1 });
  expect(own.output.slice(repaired)).toContain(`op item delete ${lost?.id} --vault`);
  expect(own.output.slice(repaired)).not.toContain("was deleted from the vault");
  expect(await statusWith(leaked)).toBe(401);
  expect(await statusWith(ciKey(world))).toBe(200);
});

test("the program's own proof asks as an admin and as somebody of no group, once their keys are configured", () => {
  const answers = [...own.output.matchAll(/answersProven *: (?:\d+ => )?(\d+)/g)].map(([, count]) =>
    Number(count),
  );
  expect(answers.at(-1)).toBeGreaterThan(answers[0] ?? Infinity);
  expect(own.output).not.toContain("zak_");
});

test("a destroy is refused while the identity is protected, the policies keep it so, and a destroy without them leaves no key and no secret behind", async () => {
  const { pulumi, world } = mission;
  await expect(pulumi.destroy()).rejects.toThrow("pulumi destroy ended with status");
  expect(own.output).toContain("protect");
  expect((await anonymously("GET", "blumeops/hello/manifests/1.0")).status).toBe(200);

  const settings = await readFile(pulumi.configFile, "utf8");
  const leaving = {
    "zot-access:authentik": { protect: false },
    "zot-access:host": { onDestroy: "restore" },
    // A group goes as well.
    "zot-access:access": {
      roles: [{ groups: ["admins"], may: ["pull", "push", "overwrite", "delete"], in: ["**"] }],
    },
  };
  await writeFile(pulumi.configFile, stackFile(settings, leaving));
  await expect(pulumi.up()).rejects.toThrow("pulumi up ended with status");
  expect(own.output).toContain("[mandatory]  identity-protected");
  await pulumi.upWithoutPolicies();
  const { applications, groups, policyBindings } = world.standIns?.authentik.state ?? {};
  for (const application of applications?.values() ?? []) {
    const bound = [...(policyBindings?.values() ?? [])].filter(({ target }) => target === application.pk);
    const names = bound.map(({ group }) => groups?.get(group ?? "")?.name);
    expect(names.sort()).toEqual(["admins", "artifact-workloads", "cv-ci"]);
  }
  // What somebody deleted by hand since is gone, which is done.
  const { forgejo } = world.standIns ?? {};
  const inUse = { kind: "basic", username: "zot-ci", password: ciKey(world) } as const;
  const registry = new ZotClient(world.host.registryUrl);
  for (const { uuid } of await registry.listApiKeys(inUse)) await registry.revokeApiKey(inUse, uuid);
  world.onepassword.forget("rehearsal", "zot-ci-apikey: about this item");
  forgejo?.forget("blumeops", "ZOT_CI_API_KEY");
  forgejo?.drop("cv");
  const authentik = new Api(world.authentikUrl, world.secrets.authentikToken);
  expect((await authentik.delete("core/tokens/zot-ci-app-password/")).status).toBe(204);
  const options = {
    project: own.project,
    folder: own.folder,
    write: () => undefined,
    cleanUp: () => undefined,
  };
  const said = await runCommand(options, pulumi, "commands/destroy/main.ts", ["--yes"]);
  expect(said).toMatch(/zot-ci can no longer push: its key [-0-9a-f]{36} is revoked[\s\S]*nobody can log in/);
  expect(countChanges(said)).toMatchObject({ create: 0, update: 0, replace: 0 });
  expect(await pulumi.exportState()).not.toContain("identity-provider");
  expect(world.onepassword.itemsOf("rehearsal").map(({ title }) => title)).not.toContain("zot-ci-apikey");
  if (forgejo) expect(forgejo.secretsOf("blumeops")).toEqual({});
  // Back to what was there before the first deploy: a registry that anybody may push to, with the images that it held.
  expect((await anonymously("GET", "blumeops/hello/manifests/1.0")).status).toBe(200);
  expect((await anonymously("POST", "blumeops/hello/blobs/uploads/")).status).toBe(202);
});

/** @returns the requests from now on that could have changed something in Authentik, Forgejo or 1Password. */
function watchWrites() {
  const { onepassword, standIns } = mission.world;
  if (!standIns) throw new Error("a real Authentik or Forgejo does not tell what it was asked");
  const begun = [standIns.authentik, standIns.forgejo, onepassword].map((system) => ({
    system,
    before: system.requests.length,
  }));
  return () =>
    begun
      .flatMap(({ system, before }) => system.requests.slice(before))
      .filter(({ method }) => !["GET", "HEAD", "OPTIONS"].includes(method));
}

/** What the registry answers to CI with that key. */
async function statusWith(key: string): Promise<number> {
  const authorization = `Basic ${Buffer.from(`zot-ci:${key}`).toString("base64")}`;
  return (await fetch(`${mission.world.host.registryUrl}/v2/`, { headers: { authorization } })).status;
}

function anonymously(method: string, path: string): Promise<Response> {
  return fetch(`${mission.world.host.registryUrl}/v2/${path}`, { method });
}

/** As zot holds it. */
async function clientSecret(): Promise<string> {
  const file = join(mission.world.host.layout.configFolder, "oidc-credentials.json");
  const { clientsecret } = JSON.parse(await readFile(file, "utf8")) as { clientsecret: string };
  return clientsecret;
}

/** The CLI's own logs, of runs without a stack's key, are packed. */
async function unpacked(file: string): Promise<Buffer> {
  const bytes = await readFile(file);
  return bytes.length > 2 && bytes.readUInt16BE(0) === GZIP ? gunzipSync(bytes) : bytes;
}

async function filesBelow(root: string): Promise<string[]> {
  const entries = await readdir(root, { recursive: true, withFileTypes: true });
  return entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
}
