import fc from "fast-check";
import { bindingOrders, type PresentBinding } from "../../../systems/authentik/binding-orders";
import { nearestName } from "../../../systems/authentik/names";
import { dialectOf, isSince } from "../../../systems/authentik/release";
import { appPasswordIdentifier, loginFlowSlug, slugFor } from "../../../systems/authentik/slug";

const binding = (group: string, order: number, settled = true): PresentBinding => ({ group, order, settled });
const ordersOf = (present: readonly PresentBinding[], groups: readonly string[]) =>
  Object.fromEntries(
    bindingOrders(present, groups).map(({ order, kept }, index) => [
      groups[index] ?? "",
      kept ? `kept ${order}` : order,
    ]),
  );

test("on an application without bindings the orders follow the settings", () => {
  expect(ordersOf([], ["admins", "family", "writers"])).toEqual({ admins: 0, family: 10, writers: 20 });
});

test("existing bindings keep their order, wherever they stand in the settings, and new ones come last", () => {
  const present = [binding("admins", 0), binding("family", 10), binding("writers", 20)];
  expect(ordersOf(present, ["admins", "writers"])).toEqual({ admins: "kept 0", writers: "kept 20" });
  expect(ordersOf(present, ["staff", "family", "admins", "writers"])).toEqual({
    staff: 30,
    family: "kept 10",
    admins: "kept 0",
    writers: "kept 20",
  });
});

test("orders that a blueprint gave stay: admins 0, artifact-workloads 1", () => {
  const present = [binding("admins", 0), binding("artifact-workloads", 1)];
  expect(ordersOf(present, ["admins", "family", "artifact-workloads"])).toEqual({
    admins: "kept 0",
    "artifact-workloads": "kept 1",
    family: 10,
  });
});

test("bindings that share an order keep it as long as nothing else of them has to be changed", () => {
  const present = [binding("admins", 70), binding("writers", 70)];
  expect(ordersOf(present, ["admins", "writers"])).toEqual({ admins: "kept 70", writers: "kept 70" });
  const off = [binding("admins", 70, false), binding("writers", 70, false)];
  expect(ordersOf(off, ["admins", "writers"])).toEqual({ admins: 80, writers: 90 });
});

test("no written binding ever takes the order of another", () => {
  const rows = fc.uniqueArray(
    fc.record({
      group: fc.option(fc.constantFrom("a", "b", "c", "d", "e"), { nil: undefined }),
      order: fc.integer({ min: -20, max: 40 }),
      settled: fc.boolean(),
    }),
    { selector: ({ group }) => group ?? Symbol("a user or a policy"), maxLength: 8 },
  );
  const groups = fc.uniqueArray(fc.constantFrom("a", "b", "c", "d", "e"));
  fc.assert(
    fc.property(rows, groups, (present, wanted) => {
      const orders = bindingOrders(present, wanted);
      orders.forEach(({ kept, order }, index) => {
        const own = present.find(({ group }) => group === wanted[index]);
        if (kept) {
          expect(own?.order).toBe(order);
          return;
        }
        const others = orders.filter((_, other) => other !== index).map((each) => each.order);
        expect([...present.map((row) => row.order), ...others]).not.toContain(order);
      });
      // In another order of the settings each group that is bound has the order that it had.
      const again = bindingOrders(present, [...wanted].reverse()).reverse();
      orders.forEach(({ kept, order }, index) => {
        if (kept) expect(again[index]).toEqual({ kept, order });
      });
    }),
  );
});

const LEGAL = /^[-a-zA-Z0-9_]+$/;

test("names that are slugs keep the slugs that they have", () => {
  expect(loginFlowSlug("zot-ci")).toBe("zot-ci-authentication");
  expect(appPasswordIdentifier("Zot_CI")).toBe("Zot_CI-app-password");
});

test.each(["zot.ci", "ci@example.org", "CI bot", "zürich", "机器人", "../x", "a/b"])(
  "%s has a slug that Authentik takes",
  (name) => {
    expect(slugFor(name)).toMatch(LEGAL);
    expect(loginFlowSlug(name).length).toBeLessThanOrEqual(255);
  },
);

test("no two users share a slug, and each has a legal one", () => {
  const names = fc.string({ minLength: 1, maxLength: 150, unit: "grapheme" });
  fc.assert(
    fc.property(names, names, (left, right) => {
      expect(slugFor(left)).toMatch(LEGAL);
      if (LEGAL.test(left)) expect(slugFor(left)).toBe(left);
      if (left !== right) expect(slugFor(left)).not.toBe(slugFor(right));
    }),
  );
  for (const [left, right] of [
    ["zot.ci", "zot ci"],
    ["zot.ci", "zot-ci"],
    ["Zot.ci", "zot.ci"],
    ["zürich", "zurich"],
  ] as const)
    expect(slugFor(left)).not.toBe(slugFor(right));
});

test.each<[string, string, boolean | undefined]>([
  ["2026.2.0", "2026.5", false],
  ["2026.5.0-rc1", "2026.5", true],
  ["2026.10.1", "2026.5", true],
  ["2025.12.6", "2025.12", true],
  ["2025.10.4", "2025.12", false],
  ["main", "2026.5", undefined],
])("%s is since %s: %p", (version, release, since) => {
  expect(isSince(version, release)).toBe(since);
});

test("the server's own fields decide, whatever its release says", () => {
  const uris = [{ url: "https://registry.example.org", matching_mode: "strict" }];
  expect(dialectOf("2026.5.0-rc1", { redirect_uris: uris })).toEqual({
    grantTypes: false,
    redirectUriTypes: false,
  });
  expect(dialectOf(undefined, undefined)).toEqual({ grantTypes: true, redirectUriTypes: true });
});

test("a name that is part of another one is nearer than one of similar length", () => {
  expect(nearestName("admins", ["admit", "authentik Admins", "users"])).toBe("authentik Admins");
  expect(nearestName("famly", ["family", "admins"])).toBe("family");
  expect(nearestName("x", [])).toBeUndefined();
});
