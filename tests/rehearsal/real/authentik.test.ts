import { type Authentik, startAuthentik } from "../../../rehearsal/authentik";
import { RealAuthentik } from "../../../rehearsal/real/authentik";
import type { Named } from "../../../rehearsal/real/objects";

const TOKEN = "an-admins-token";
const GROUP: Named = { kind: "core/groups/", name: "crew" };
const USER: Named = { kind: "core/users/", name: "cleo" };
let authentik: Authentik;
let said: string;
beforeEach(async () => {
  said = "";
  authentik = await startAuthentik({ bootstrapToken: TOKEN });
});
afterEach(() => authentik.stop());

const open = () => RealAuthentik.open(authentik.url, TOKEN, (text) => (said += text));
const groups = () => [...authentik.state.groups.values()].map(({ name }) => name);
const makeBoth = (real: RealAuthentik) =>
  real.make([GROUP, USER], async () => {
    await real.calls.send("POST", "core/groups/", { name: GROUP.name });
    await real.calls.send("POST", "core/users/", { username: USER.name, name: "Cleo", groups: [] });
  });

test("created objects are removed at the end, and nothing is created afterwards", async () => {
  const before = groups();
  const real = await open();
  await makeBoth(real);
  expect(groups()).toEqual(expect.arrayContaining(["crew", "zot-access-rehearsal"]));
  await real.stop();
  expect([groups(), authentik.state.userByName("cleo"), said]).toEqual([before, undefined, ""]);
  await expect(makeBoth(real)).rejects.toThrow("the rehearsal is ending");
  expect(groups()).toEqual(before);
});

test("each object is recorded before it is created: the next run removes what exists of it", async () => {
  const before = groups();
  const killed = await open();
  await expect(
    killed.make([GROUP, USER], async () => {
      await killed.calls.send("POST", "core/groups/", { name: GROUP.name });
      throw new Error("killed");
    }),
  ).rejects.toThrow("killed");
  expect(groups()).toContain("crew");
  await open();
  expect(groups()).toEqual(before);
  expect(said).toMatch(/that was killed: core\/groups\/crew, core\/users\/cleo/);
});

test("an object that cannot be removed is named, stays recorded, and is removed the next time", async () => {
  const before = groups();
  const real = await open();
  await makeBoth(real);
  const remove = jest.spyOn(real.calls, "remove");
  remove.mockImplementation(({ name }) => Promise.resolve(name !== "crew"));
  await expect(real.stop()).rejects.toThrow(
    /^not removed from \S+: core\/groups\/crew, core\/groups\/zot-access-rehearsal; the next rehearsal with it tries again$/,
  );
  await open();
  expect([groups(), authentik.state.userByName("cleo")]).toEqual([before, undefined]);
});

test("an existing object of another owner is neither created again nor removed, and nothing beside it is created", async () => {
  const real = await open();
  await real.calls.send("POST", "core/groups/", { name: GROUP.name });
  await expect(makeBoth(real)).rejects.toThrow(/has core\/groups\/crew already; .*rename them/);
  await real.stop();
  expect(groups()).toContain("crew");
  expect(authentik.state.userByName("cleo")).toBeUndefined();
});

test("an application that its list does not show to an admin is found and removed", async () => {
  const real = await open();
  await makeBoth(real);
  await real.make([{ kind: "core/applications/", name: "shop" }], async () => {
    const app = (await real.calls.send("POST", "core/applications/", { name: "shop", slug: "shop" })) as {
      pk: string;
    };
    const group = await real.calls.first("core/groups/?name=crew");
    await real.calls.send("POST", "policies/bindings/", { target: app.pk, group, order: 0 });
  });
  expect(await real.calls.first("core/applications/?slug=shop")).toBeUndefined();
  await real.stop();
  expect([...authentik.state.applications.values()]).toEqual([]);
});

test("a group of the rehearsal's own name that somebody made is left alone", async () => {
  const real = await open();
  await real.calls.send("POST", "core/groups/", { name: "zot-access-rehearsal" });
  await expect(open()).rejects.toThrow(/a group zot-access-rehearsal that no rehearsal made/);
  expect(groups()).toContain("zot-access-rehearsal");
});
