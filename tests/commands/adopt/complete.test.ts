import { asDeclared } from "../../../commands/adopt/complete/item";
import { deployAsMade } from "../../../commands/adopt/complete/host";
import { historyAsMade, keyAsMade } from "../../../commands/adopt/complete/key";
import { retiredAsMade } from "../../../commands/adopt/complete/retired";
import { withUnread } from "../../../commands/adopt/complete/unread";
import { type Resource, resourcesOf } from "../../../systems/pulumi/deployment";
import { asRegistered } from "../../../commands/adopt/hand-over";
import type { KeyInUse } from "../../../commands/adopt/key-in-use";
import {
  completedResource,
  inOrder,
  parseSavedPlan,
  type PlannedResource,
  withoutStrangers,
  withParents,
  withProviders,
} from "../../../systems/pulumi/saved-plan";
import { ZotApiKeyHandler } from "../../../provider/zot-api-key";
import { NOT_READ_BACK } from "../../../provider/handler";
import { UNKNOWN } from "../../../systems/pulumi/values";
import { urn } from "./program";

/*
 * What an import leaves open, filled in: each as a deploy of this program would have left it in the state.
 */
const planned = (type: string, state: Record<string, unknown>, more: object = {}): PlannedResource => ({
  goal: { type, custom: true, ...more },
  steps: ["create"],
  state,
});
const resource = (name: string, more: Partial<Resource> = {}): Resource => ({
  ...{ urn: urn("x:y:Z", name), type: "x:y:Z", custom: true, id: name },
  ...more,
});

test("an item has its sections by label, what is empty in them included, and its tags in the declared order", () => {
  const sections = [
    { id: "s1", label: "key", fields: [{ id: "f1", label: "uuid", type: "STRING", value: "u" }] },
    { id: "s2", label: "history", fields: [{ id: "f2", label: "by", type: "STRING" }] },
    { id: "s3", label: "empty", fields: null },
  ];
  const read = {
    ...{ sections, tags: ["indri", "zot-access"], title: "t" },
    __pulumi_raw_state_delta: { obj: "how the list was read" },
  };
  const { outputs } = asDeclared(resource("item", { inputs: read, outputs: read }), {
    tags: ["zot-access", "indri"],
  });
  expect(outputs).toEqual({
    title: "t",
    tags: ["zot-access", "indri"],
    sectionMap: {
      key: { id: "s1", fieldMap: { uuid: { id: "f1", type: "STRING", value: "u" } } },
      history: { id: "s2", fieldMap: { by: { id: "f2", type: "STRING", value: "" } } },
      empty: { id: "s3", fieldMap: {} },
    },
  });
  const other = asDeclared(resource("item", { outputs: { tags: ["mine"] } }), { tags: ["zot-access"] });
  expect(other.outputs).toEqual({ tags: ["mine"] });
});

test.each([
  [true, true],
  [false, false],
])("an app password has its key, and whether it ends as Authentik says: %s", async (expiring, known) => {
  const rows: Record<string, object> = {
    "core/tokens/zot-ci-app-password/": { expiring },
    "core/tokens/zot-ci-app-password/view_key/": { key: "s3cret" },
  };
  const authentik = {
    list: () => Promise.reject(new Error("no list is needed")),
    one: (path: string) => Promise.resolve(rows[path] as Record<string, unknown> | undefined),
  };
  const type = "authentik:index/token:Token";
  const token = resource("token", { type, id: "zot-ci-app-password", outputs: { retrieveKey: false } });
  const read = await withUnread(token, { authentik } as never);
  expect(read.outputs).toMatchObject({ retrieveKey: true, expiring: known, key: { plaintext: '"s3cret"' } });
  expect(JSON.stringify(read.inputs)).not.toContain("s3cret");
  expect(await withUnread(read, { authentik } as never)).toBe(read);
});

test("a login stage has what its provider never reads, as Authentik says", async () => {
  const type = "authentik:index/stageUserLogin:StageUserLogin";
  const row = { network_binding: "bind_asn", geoip_binding: "no_binding" };
  const authentik = { list: () => Promise.reject(new Error()), one: () => Promise.resolve(row) };
  const { outputs } = await withUnread(resource("stage", { type, outputs: { name: "s" } }), {
    authentik,
  } as never);
  expect(outputs).toEqual({ name: "s", networkBinding: "bind_asn", geoipBinding: "no_binding" });
});

const KEY: KeyInUse = {
  ...{ uuid: "uuid-1", label: "forgejo actions", key: "zak_x", own: false },
  ...{ createdAt: "2026-01-01T00:00:00Z", expiresAt: "never" },
};
const KEY_INPUTS = {
  ...{ registryUrl: "https://r.example.org", username: "zot-ci", label: "zot-access/indri/zot-ci" },
  ...{ groups: ["w"], lifetimeDays: 90, renewAfterDays: 60 },
  ...{ authentikUrl: "https://a.example.org", loginFlow: "zot-ci-authentication" },
};

test("the key in use may be a person's or the stack's own, and a change of the login mints no other key", async () => {
  const wanted = planned("zot-access:index:ZotApiKey", { ...KEY_INPUTS, appPassword: UNKNOWN });
  const theirs = keyAsMade(wanted, KEY);
  expect(theirs).toMatchObject({ id: "uuid-1", outputs: { adopted: true, expiresAt: "never" } });
  expect(keyAsMade(wanted, { ...KEY, own: true })).toMatchObject({ outputs: { adopted: false } });
  expect(keyAsMade(planned("", { ...KEY_INPUTS, loginFlow: UNKNOWN }), KEY)).toBeUndefined();
  const { createdAt, expiresAt } = KEY;
  const state = { ...KEY_INPUTS, createdAt, expiresAt, key: "zak_x", adopted: true };
  const nobody = new ZotApiKeyHandler({ timeoutMs: 1 });
  const quiet = () => Promise.resolve();
  const diff = (appPassword: string) =>
    nobody.diff("uuid-1", { ...state, appPassword }, { ...KEY_INPUTS, appPassword: UNKNOWN }, quiet);
  expect(await diff(NOT_READ_BACK)).toEqual({ changes: false, replaces: [] });
  expect(await diff("another")).toMatchObject({ changes: true });
});

test("the state records that key as the one in use, as the program does", () => {
  const theirs = keyAsMade(planned("zot-access:index:ZotApiKey", KEY_INPUTS), KEY);
  expect(theirs && historyAsMade(theirs)).toMatchObject({
    inputs: { uuid: "uuid-1", username: "zot-ci", expiresAt: "never", adopted: true },
    outputs: { uuid: "uuid-1", former: { plaintext: "[]" } },
  });
});

test("a host that holds the last deploy shows no drift; any other shows that it was never deployed to", () => {
  const create = "exec /bin/sh -s apply 0123abc 2.1.20 # zot-access";
  const wanted = planned("command:remote:Command", { create, stdin: "s", stdout: UNKNOWN, stderr: UNKNOWN });
  const held = deployAsMade(urn("command:remote:Command", "registry-config"), wanted, "0123abc");
  expect(held).toMatchObject({ inSync: true, inputs: { create, stdin: "s" }, outputs: { stderr: "" } });
  expect(held.inputs).not.toHaveProperty("stdout");
  for (const generation of [undefined, "other"]) {
    const strange = deployAsMade(urn("command:remote:Command", "registry-config"), wanted, generation);
    expect(strange).toMatchObject({ inSync: false, inputs: { stdin: "s" } });
    expect(strange.inputs["create"]).not.toBe(create);
  }
});

test("former keys of the stack get their grace period from now: a release followed by an adoption locks nobody out", () => {
  const key = (uuid: string, label: string, isExpired = false) => ({
    ...{ uuid, label, isExpired },
    createdAt: "2026-01-01T00:00:00Z",
  });
  const now = new Date("2026-11-25T12:00:00Z");
  const wanted = planned("zot-access:index:RetiredKeys", { label: "ours", uuid: "now", holders: UNKNOWN });
  const made = retiredAsMade(
    wanted,
    [key("now", "ours"), key("before", "ours"), key("dead", "ours", true), key("ada", "laptop")],
    now,
  );
  expect(made).toEqual({
    id: "ours",
    inputs: { label: "ours", uuid: "now", holders: [] },
    outputs: {
      label: "ours",
      uuid: "now",
      holders: [],
      kept: [{ uuid: "before", since: now.toISOString() }],
    },
  });
});

test("a default provider is made once for all resources that need it, and an existing one is used", () => {
  const provider = "urn:pulumi:prod::zot-access::pulumi:providers:command::default_1_2_1";
  const plan = parseSavedPlan(
    JSON.stringify({
      resourcePlans: {
        [provider]: {
          goal: {
            type: "pulumi:providers:command",
            custom: true,
            inputDiff: { adds: { version: "1.2.1" } },
          },
          steps: ["create"],
          state: { version: "1.2.1" },
        },
      },
    }),
  );
  const wanting = ["a", "b"].map((name) => resource(name, { provider: `${provider}::${UNKNOWN}` }));
  const [made, ...both] = withProviders(wanting, plan);
  expect(made).toMatchObject({ urn: provider, inputs: { version: "1.2.1" }, outputs: { version: "1.2.1" } });
  expect(both.map((each) => each.provider)).toEqual(Array(2).fill(`${provider}::${made?.id ?? ""}`));
  const [there, user] = withProviders(
    [{ ...resource("p"), urn: provider, type: "pulumi:providers:command", id: "known" }, ...wanting],
    plan,
  );
  expect([there?.id, user?.provider]).toEqual(["known", `${provider}::known`]);
});

test("the state is as a deploy would leave it: ordered, with dependencies, and without missing objects", () => {
  const [first, second, missing] = ["first", "second", "missing"].map((name) => urn("x:y:Z", name));
  const stack = resource("stack", { type: "pulumi:pulumi:Stack", custom: false });
  const goal = { protect: true, dependencies: [first, missing] as string[] };
  const plan = new Map([
    [second ?? "", planned("x:y:Z", {}, goal)],
    [stack.urn, { ...planned("pulumi:pulumi:Stack", { url: "u" }), steps: ["same"] }],
  ]);
  const before = { deployment: { resources: [resource("second"), resource("first"), stack] } };
  const left = resourcesOf(asRegistered(before, plan, [first ?? "", second ?? ""]));
  expect(left.map(({ id }) => id)).toEqual(["stack", "first", "second"]);
  expect(left[2]).toMatchObject({ protect: true, dependencies: [first] });
  expect(left[0]?.outputs).toEqual({ url: "u" });
  const [alone] = withoutStrangers([
    resource("first", { propertyDependencies: { a: [missing ?? "", first ?? ""], b: null } }),
  ]);
  expect(alone?.propertyDependencies).toEqual({ a: [first], b: [] });
  expect(inOrder([resource("later")], []).map(({ id }) => id)).toEqual(["later"]);
  const made = completedResource("urn", planned("t", {}, { parent: "p", protect: false }), {
    ...{ id: "i", inputs: { known: 1, asked: [{ password: UNKNOWN }] }, outputs: {} },
  });
  // What is not known yet is left out: an engine hands it to no provider.
  expect(made).toEqual({
    urn: "urn",
    type: "t",
    custom: true,
    id: "i",
    inputs: { known: 1 },
    outputs: {},
    parent: "p",
  });
});

test("with nothing to import, the program's own resources come after their components, each once", () => {
  const stack = urn("pulumi:pulumi:Stack", "zot-access-indri");
  const registry = urn("zot-access:index:ZotRegistry", "registry");
  const inner = urn("zot-access:index:Inner", "inner");
  const component = (type: string, parent?: string): PlannedResource => ({
    goal: { type, custom: false, ...(parent !== undefined && { parent }) },
    steps: ["create"],
  });
  const plan = new Map([
    [inner, component("zot-access:index:Inner", registry)],
    [registry, component("zot-access:index:ZotRegistry", stack)],
    [stack, component("pulumi:pulumi:Stack")],
  ]);
  const children = [resource("deploy", { parent: inner }), resource("proof", { parent: inner })];
  const whole = withParents(children, plan);
  expect(whole.map(({ urn: each }) => each)).toEqual([
    stack,
    registry,
    inner,
    ...children.map((each) => each.urn),
  ]);
  expect(whole[1]).toEqual({
    urn: registry,
    type: "zot-access:index:ZotRegistry",
    custom: false,
    parent: stack,
  });
  expect(withParents(whole, plan)).toEqual(whole);
});
