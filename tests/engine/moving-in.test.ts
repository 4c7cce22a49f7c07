import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdtemp, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { policyBindings } from "../../rehearsal/authentik/api/access";
import { newFlow, newFlowStageBinding } from "../../rehearsal/authentik/api/flows";
import type { Kind } from "../../rehearsal/authentik/api/kind";
import { identificationStages, passwordStages, userLoginStages } from "../../rehearsal/authentik/api/stages";
import { newToken } from "../../rehearsal/authentik/api/tokens";
import type { PolicyBinding, Stage } from "../../rehearsal/authentik/objects";
import type { Store } from "../../rehearsal/authentik/store";
import { until } from "../../rehearsal/host/until";
import { runCommand } from "../../rehearsal/mission/command";
import { type AdoptionResult, rehearseAdoption } from "../../rehearsal/mission/from-ansible";
import { ciKey } from "../../rehearsal/mission/mission";
import type { Pulumi } from "../../rehearsal/mission/pulumi";
import type { ExistingHomelab } from "../../rehearsal/mission/existing-homelab";
import { type World } from "../../rehearsal/mission/world";
import { ownRehearsal } from "./support/own-rehearsal";

/*
 * The homelab as Ansible, a blueprint and people left it, with every setting of every object changed by somebody, taken over
 * by the real commands and engine in adoptions that are killed and one that is not, while CI pushes.
 */
const own = ownRehearsal();
let moved: AdoptionResult;

beforeAll(async () => {
  moved = await own.begin(() => rehearseAdoption(options(), { change: changeEverything, begin: beginBadly }));
});

function options() {
  // What the homelab runs: it knows no grant types.
  const { project, folder, write, cleanUp } = own;
  return { project, folder, write, cleanUp, flavours: { authentik: "2026.2" } } as const;
}

/** Each setting that the program declares, of each object that the blueprint made, and of a login flow that a person made. */
function changeEverything({ objects }: ExistingHomelab, { standIns }: World): void {
  const state = standIns?.authentik.state;
  if (!state) throw new Error("there is no stand-in of Authentik");
  const flow = (slug: string) => state.flowBySlug(slug)?.pk;
  makeLogin(state, objects.ciUser.pk);
  Object.assign(objects.provider, {
    name: "zot sso",
    authorization_flow: flow("default-provider-authorization-explicit-consent"),
    invalidation_flow: flow("default-invalidation-flow"),
    grant_types: ["authorization_code"],
    redirect_uris: objects.provider.redirect_uris.map((uri) => ({ ...uri, matching_mode: "regex" })),
    property_mappings: objects.provider.property_mappings.slice(1),
    signing_key: null,
    include_claims_in_id_token: false,
    client_type: "public",
    sub_mode: "user_id",
    issuer_mode: "global",
  });
  Object.assign(objects.application, {
    meta_launch_url: "https://old.example.org",
    policy_engine_mode: "all",
  });
  Object.assign(objects.writers, { is_superuser: true });
  Object.assign(objects.ciUser, { is_active: false });
  for (const binding of state.policyBindings.values()) {
    Object.assign(binding, { enabled: false, order: 70, negate: true, timeout: 3, failure_result: true });
  }
}

function makeLogin(state: Store, user: number): void {
  const flow = { ...newFlow(), name: "by hand", slug: "zot-ci-authentication", title: "by hand" };
  state.flows.set(flow.pk, {
    ...flow,
    designation: "authentication",
    authentication: "require_unauthenticated",
  });
  const password = { ...stageOf(passwordStages, state), name: "zot-ci app password" };
  const identification = { ...stageOf(identificationStages, state), name: "zot-ci identification" };
  const session = { ...stageOf(userLoginStages, state), name: "zot-ci session", session_duration: "hours=9" };
  for (const stage of [password, identification, session]) state.stages.set(stage.pk, stage);
  for (const [index, { pk: stage }] of [identification, session].entries()) {
    const binding = {
      ...newFlowStageBinding(),
      ...{ target: flow.pk, stage, order: index + 1 },
      ...{ evaluate_on_plan: true, re_evaluate_policies: false },
    };
    state.flowBindings.set(binding.pk, binding);
    if (stage !== session.pk) continue;
    const only = { ...(policyBindings.create?.(state, 0) as PolicyBinding), target: binding.pk, user };
    state.policyBindings.set(only.pk, only);
  }
  const token = { ...newToken(user), identifier: "zot-ci-app-password", description: "by hand", user };
  state.tokens.set(token.pk, { ...token, intent: "app_password", expiring: false });
}

function stageOf<Row extends Stage>(kind: Kind<Row>, state: Store): Row {
  const made = kind.create?.(state, 0);
  if (!made) throw new Error("the stand-in makes no such stage");
  return made;
}

/**
 * Two adoptions that are killed, one in its import and one while it puts the state in its place, and a third that finds half of
 * it in the state.
 */
async function beginBadly(pulumi: Pulumi): Promise<string> {
  const before = await pulumi.exportState();
  await adoptKilledAt(pulumi, "import");
  expect(await pulumi.exportState()).toBe(before);
  const announced = await adoptKilledAt(pulumi, "stack import");
  const { deployment } = JSON.parse(await pulumi.exportState()) as {
    deployment: { resources: { urn: string }[] };
  };
  const [application = ""] = deployment.resources
    .map(({ urn }) => urn)
    .filter((urn) => urn.endsWith("::identity-application"));
  // Also the deploy, the key and whoever gets it, which come after the identity.
  await pulumi.forget(application);
  return announced;
}

/** Kills an adoption with SIGKILL when it has begun its import, or begun to put the state in its place; what it began goes on. */
async function adoptKilledAt(pulumi: Pulumi, command: "import" | "stack import"): Promise<string> {
  const bin = await mkdtemp(join(own.folder, "killing-"));
  const real = (await promisify(execFile)("sh", ["-c", "command -v pulumi"])).stdout.trim();
  const backend = pulumi.environment["PULUMI_BACKEND_URL"] ?? "";
  const isIt =
    command === "import"
      ? '[ "$1" = import ]'
      : `[ "$1 $2" = "stack import" ] && [ "$PULUMI_BACKEND_URL" = "${backend}" ]`;
  const script = [
    "#!/bin/sh",
    `{ ${isIt}; } || exec ${real} "$@"`,
    `input=$(cat); kill -9 $PPID; printf %s "$input" | ${real} "$@"; touch ${join(bin, "ended")}`,
  ];
  await writeFile(join(bin, "pulumi"), `${script.join("\n")}\n`, { mode: 0o700 });
  const environment = { ...pulumi.environment, PATH: `${bin}:${process.env["PATH"] ?? ""}` };
  const { configFile, stack } = pulumi;
  const killed = runCommand(options(), { configFile, environment, stack }, "commands/adopt/main.ts", [
    "--apply",
  ]);
  const said = await killed.then(
    () => "",
    (error: unknown) => String(error),
  );
  expect(said).toContain("a signal");
  await until(`the orphaned pulumi ${command} ends`, () => existsSync(join(bin, "ended")));
  return said;
}

/** The lines below a resource in the table. */
function announcedFor(name: string): string {
  const [, rest] = moved.announced.split(new RegExp(`^${name} .*$`, "m"));
  if (rest === undefined) throw new Error(`the table has no ${name}`);
  return rest.split(/^\S/m)[0] ?? "";
}

test("every setting that differs is announced, a line each, and is what it should be after the update", () => {
  const { objects } = moved.today;
  for (const [name, properties] of Object.entries({
    "identity-provider": [
      ...["allowedRedirectUris", "propertyMappings"],
      ...["signingKey", "includeClaimsInIdToken", "clientType", "subMode", "issuerMode"],
    ],
    "identity-application": ["metaLaunchUrl", "policyEngineMode"],
    "identity-artifact-workloads": ["isSuperuser"],
    "identity-zot-ci": ["isActive"],
    "identity-login-flow": ["authentication"],
    "identity-login-password": ["backends"],
    "identity-login-identification": ["passwordStage", "userFields"],
    "identity-login-session": ["sessionDuration"],
    "identity-login-gives-session": ["evaluateOnPlan", "reEvaluatePolicies"],
    "identity-login-session-for-zot-ci": ["enabled"],
    // It shares its order with the other one, and Authentik would refuse to change it as it is.
    "identity-allows-admins": ["enabled", "negate", "order"],
  })) {
    for (const property of properties)
      expect(announcedFor(name)).toMatch(new RegExp(`^    ${property}\\b`, "m"));
  }
  expect(objects.provider).toMatchObject({
    client_type: "confidential",
    issuer_mode: "per_provider",
  });
  expect(objects.provider.property_mappings).toHaveLength(3);
  expect(objects.writers.is_superuser).toBe(false);
  expect(objects.ciUser.is_active).toBe(true);
});

test("differences without an effect are neither announced nor changed: names, titles, notes, orders, and unknown fields", () => {
  const { objects } = moved.today;
  const state = moved.world.standIns?.authentik.state;
  for (const [name, properties] of Object.entries({
    "identity-provider": ["name", "grantTypes", "authorizationFlow", "invalidationFlow"],
    "identity-application": ["name"],
    "identity-zot-ci": ["name", "path"],
    "identity-login-flow": ["name", "title"],
    "identity-login-gives-session": ["order"],
    "identity-login-asks-identification": ["order"],
    "identity-login-session-for-zot-ci": ["order", "timeout", "failureResult"],
    "identity-login-app-password-zot-ci": ["description"],
    "identity-allows-admins": ["timeout", "failureResult"],
  })) {
    for (const property of properties)
      expect(announcedFor(name)).not.toMatch(new RegExp(`^    ${property}\\b`, "m"));
  }
  expect(objects.provider.name).toBe("zot sso");
  expect(objects.application.name).toBe("Zot");
  expect(objects.ciUser).toMatchObject({ name: "Zot CI", path: "users" });
  expect(state?.flowBySlug("zot-ci-authentication")?.title).toBe("by hand");
  const token = [...(state?.tokens.values() ?? [])].find(
    ({ identifier }) => identifier === "zot-ci-app-password",
  );
  expect(token?.description).toBe("by hand");
});

test("undeclared objects and fields stay: secrets, members, notes, tuned values", async () => {
  const { today, world } = moved;
  const { application, ciUser, member, provider, writers } = today.objects;
  expect(provider).toMatchObject({ client_secret: today.clientSecret, access_token_validity: "hours=1" });
  expect(application).toMatchObject({
    group: "infrastructure",
    meta_description: "Container images",
    open_in_new_tab: true,
  });
  expect(writers.attributes).toEqual({ owner: "infrastructure" });
  expect(ciUser.attributes).toEqual({ "goauthentik.io/user/token-expires": false });
  expect(member.groups).toEqual([writers.pk]);
  const item = world.onepassword.itemsOf("rehearsal").find(({ title }) => title === "zot-ci-apikey");
  expect(item?.fields.find(({ purpose }) => purpose === "NOTES")?.value).toContain("made by hand");
  const theirs = item?.fields.find(({ label }) => label === "rotated by");
  expect(theirs).toMatchObject({ value: "ada", section: { label: "history" } });
  expect(item?.tags).toEqual(expect.arrayContaining(["infrastructure", "zot-access", "rehearsal"]));
  const credentials = join(world.host.layout.configFolder, "oidc-credentials.json");
  expect(await readFile(credentials, "utf8")).toBe(today.credentials);
  const config = await readFile(join(world.host.layout.configFolder, "config.json"), "utf8");
  expect(JSON.parse(config)).toMatchObject({
    storage: { gcDelay: "2h" },
    extensions: { scrub: { enable: true, interval: "24h" } },
  });
});

test("the key in use is recognised, and stays the key in use, everywhere", () => {
  const { adopted, today, world } = moved;
  expect(adopted).toMatch(
    /the key of pushers\.zot-ci\.from is [-0-9a-f]{36} and expires in 299 days .* uses it as it is/,
  );
  expect(ciKey(world)).toBe(today.key);
  expect(world.standIns?.forgejo.secretsOf("blumeops")["ZOT_CI_API_KEY"]).toBe(today.key);
});

test("nothing is created twice: the preview does what the table says, and creates only what is missing", () => {
  const { adopted, preview, up } = moved;
  // The blueprint let admins and writers in, and nobody else; people know of no such note, and of one pipeline alone.
  const toMake = adopted.match(/^\S+(?= +missing, will be created)/gm);
  const ofCv = (toMake ?? []).filter((name) => /cv-ci|CV_CI/.test(name));
  expect(toMake?.filter((name) => !ofCv.includes(name))).toEqual([
    "identity-allows-family",
    "pusher-zot-ci-note",
  ]);
  expect(ofCv.sort()).toEqual([
    "actions-secrets-eblume-cv-CV_CI_API_KEY",
    "identity-allows-cv-ci",
    // Its group and its account.
    ...["identity-cv-ci", "identity-cv-ci"],
    ...["identity-login-app-password-cv-ci", "identity-login-session-for-cv-ci"],
    ...["pusher-cv-ci-item", "pusher-cv-ci-note"],
  ]);
  const ofNobody = adopted.match(/^\S+(?= +nothing to adopt)/gm) ?? [];
  expect(ofNobody.sort()).toEqual([
    // It asks as every pusher, and one has no key yet.
    "access-proof-matrix",
    "old-keys-cv-ci-retired",
    "pusher-cv-ci-api-key",
    "pusher-cv-ci-keys",
  ]);
  expect(preview.create).toBe((toMake ?? []).length + ofNobody.length);
  expect(preview).toMatchObject({ replace: 0, delete: 0 });
  expect(preview.update).toBe((adopted.match(/will be updated/g) ?? []).length);
  expect(up).toEqual(preview);
});

test("killed adoptions leave the state whole, and the next one finishes them", () => {
  const { adopted } = moved;
  expect(adopted).toMatch(/identity-provider +adopted before/);
  expect(adopted).toMatch(/identity-application +exists, will be updated/);
  expect(adopted).not.toContain("REPLACED");
});

test("other writers of the same objects are named: the blueprint and Ansible", () => {
  expect(moved.adopted).toMatch(/blueprint zot writes .*application zot/);
  expect(moved.adopted).toMatch(/Ansible manages \S+backup\.sh/);
  expect(moved.announced + moved.adopted).not.toContain("is removed: the settings do not have it");
});

test("CI was never refused, and pulls only waited for zot's restart", () => {
  const { noticed } = moved;
  expect(noticed).toMatchObject({ refused: [], pullsRefused: [] });
  expect(noticed.pushes).toBeGreaterThan(5);
  expect(noticed.pulls).toBeGreaterThan(50);
});

test("no secret was printed", () => {
  const { today, world } = moved;
  for (const value of [today.key, today.clientSecret, ...Object.values<string>({ ...world.secrets })]) {
    expect(own.output).not.toContain(value);
  }
});

test("a destroy first lists what stops working, and a release shows the list and touches no system", async () => {
  const { pulumi, world } = moved;
  const run = (program: string, ...flags: string[]) => runCommand(options(), pulumi, program, flags);
  const state = world.standIns?.authentik.state;
  const before = JSON.stringify([
    ...(state?.providers.values() ?? []),
    ...(state?.policyBindings.values() ?? []),
  ]);
  await expect(run("commands/destroy/main.ts")).rejects.toThrow(
    /works until it expires or somebody revokes it[\s\S]*are protected/,
  );
  expect(await run("commands/release/main.ts", "--yes")).toContain("identity-provider");
  expect(await pulumi.exportState()).not.toContain("identity-provider");
  expect(
    JSON.stringify([...(state?.providers.values() ?? []), ...(state?.policyBindings.values() ?? [])]),
  ).toBe(before);
  expect(ciKey(world)).toBe(moved.today.key);
});

test("a released stack that still matches is adopted again with no changes, also in a refreshed preview", async () => {
  const { pulumi, world } = moved;
  const again = await runCommand(options(), pulumi, "commands/adopt/main.ts", [
    "--apply",
    "--secrets-are-current",
  ]);
  expect(again).not.toMatch(/will be updated|will be created|nothing to adopt|REPLACED/);
  expect(again).toMatch(/access-proof-matrix +exists, no changes[^\n]*\n +checked just now: \d+ answers/);
  const { same, ...changes } = await pulumi.refreshedPreviewWithoutChanges();
  expect(changes).toEqual({ create: 0, update: 0, replace: 0, delete: 0 });
  expect(same).toBe(50);
  const held = JSON.parse(await pulumi.exportState()) as {
    deployment: { resources: { urn: string; protect?: true }[] };
  };
  expect(held.deployment.resources.find(({ urn }) => urn.endsWith("::identity-provider"))?.protect).toBe(
    true,
  );
  expect(JSON.stringify(held)).not.toContain("plaintext");
  const oncemore = await runCommand(options(), pulumi, "commands/adopt/main.ts", ["--apply"]);
  expect(oncemore).toContain("0 to adopt, 37 adopted before, 0 to create.");
  expect(JSON.parse(await pulumi.exportState())).toEqual(held);
  expect(own.output).not.toContain(ciKey(world));
});
