import { readFileSync, writeFileSync } from "node:fs";
import { resolve } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { openOnePassword } from "../../../systems/onepassword";
import type { Check } from "../../../commands/verify/checks/check";
import { DISTINCT_CLIENTS } from "../../../systems/zot/proof";
import { verify } from "../../../commands/verify/verify";
import { startWorld, type World } from "./world";

let world: World;
beforeAll(async () => (world = await startWorld()));
afterAll(() => world.stop());

const quick = { clients: DISTINCT_CLIENTS };
const named = (checks: readonly Check[], name: string) => checks.find((check) => check.name === name);

test("on a healthy stack every answer of every identity is right, and no trace stays", async () => {
  const before = await world.keysOf(world.ci);
  const verdict = await verify(world.input, quick);
  expect(verdict.matrix.filter(({ ok }) => !ok)).toEqual([]);
  expect(verdict.checks.filter(({ status }) => status !== "ok" && status !== "not asked")).toEqual([]);
  expect(verdict).toMatchObject({ ok: true, zotVersion: "2.1.20" });
  const identities = ["anonymous", "zot-ci", "admin", "wrong user", "expired key", "revoked key"];
  expect(new Set(verdict.matrix.map(({ identity }) => identity))).toEqual(new Set(identities));
  const dead = verdict.matrix.filter(({ identity }) => / (key|user)$/.test(identity));
  expect(new Set(dead.map(({ actual }) => actual))).toEqual(new Set(["401"]));
  expect((await world.keysOf(world.ci)).map(({ uuid }) => uuid)).toEqual(before.map(({ uuid }) => uuid));
  const guide = readFileSync(resolve(__dirname, "../../../docs/verify.md"), "utf8");
  const shown = [...verdict.matrix.map(({ action }) => action), ...verdict.checks.map(({ name }) => name)];
  expect(shown.filter((name) => !name.startsWith("TLS of") && !guide.includes(name))).toEqual([]);
  const tags = await (await fetch(`${world.settings.registryUrl}/v2/blumeops/hello/tags/list`)).json();
  expect(tags).toMatchObject({ tags: ["1.0", "latest"] });
});

test("where minting is forbidden no key is made, and the other dead credential is still tried", async () => {
  const settings = { ...world.settings, proof: { ...world.settings.proof, mintTestKeys: false } };
  const verdict = await verify({ ...world.input, settings }, quick);
  expect(verdict.ok).toBe(true);
  const identities = new Set(verdict.matrix.map(({ identity }) => identity));
  expect(identities).toContain("wrong user");
  expect(identities).not.toContain("expired key");
});

test("an interrupted run still revokes the keys that it minted", async () => {
  const ending = new AbortController();
  const running = verify(world.input, { ...quick, signal: ending.signal });
  const stopped = expect(running).rejects.toThrow("enough");
  const minted = async () =>
    (await world.keysOf(world.ci)).some(({ label }) => label.startsWith("zot-access verify"));
  while (!(await minted())) await sleep(20);
  ending.abort(new Error("enough"));
  await stopped;
  expect(await minted()).toBe(false);
});

test("a registry that lets CI overwrite is found, with the consequence", async () => {
  const config = readFileSync(world.configFile, "utf8");
  const open = config.replace(/("artifact-workloads"\s*\],\s*"actions": \[\s*"read",)/, '$1 "update",');
  expect(open).not.toBe(config);
  try {
    writeFileSync(world.configFile, open);
    let verdict = await verify(world.input, quick);
    while (verdict.ok) verdict = await verify(world.input, quick);
    const wrong = verdict.matrix.filter(({ ok }) => !ok);
    expect(new Set(wrong.map(({ identity }) => identity))).toEqual(new Set(["zot-ci"]));
    expect(new Set(wrong.map(({ action }) => action))).toContain("overwrite latest");
  } finally {
    writeFileSync(world.configFile, config);
  }
});

test("each failing system is named, and the matrix is asked all the same", async () => {
  world.authentik.setDown(true);
  world.forgejo.forget("blumeops", "ZOT_CI_API_KEY");
  world.onepassword.forget("homelab", "zot-ci-apikey");
  world.onepassword.add("homelab", {
    title: "zot-ci-apikey",
    fields: [{ label: "password", value: "zak_of_last_year", purpose: "PASSWORD" }],
  });
  const onepassword = openOnePassword(world.settings.onepassword, world.environment);
  const { checks, matrix, ok } = await verify({ ...world.input, onepassword }, { ...quick, mint: false });
  world.authentik.setDown(false);
  expect(ok).toBe(false);
  expect(matrix.every((row) => row.ok)).toBe(true);
  expect(named(checks, "the issuer")).toMatchObject({ status: "wrong" });
  expect(named(checks, "Authentik")?.found).toContain("no answer");
  expect(named(checks, "Forgejo")?.found).toBe("it lacks eblume/blumeops: ZOT_CI_API_KEY");
  expect(named(checks, "1Password")?.found).toContain("holds another key than the one in use");
  expect(JSON.stringify(checks)).not.toMatch(/zak_/);
});

test("a registry that is away is one wrong check beside the others, not a table of failures", async () => {
  const settings = { ...world.settings, registryUrl: "http://127.0.0.1:9" };
  const { checks, matrix, ok } = await verify({ ...world.input, settings }, quick);
  expect(ok).toBe(false);
  expect(matrix).toEqual([]);
  expect(named(checks, "access matrix")?.found).toContain("no answer");
});
