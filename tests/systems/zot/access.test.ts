import { accessControl, type AccessTiers } from "../../../systems/zot/access";
import { decide } from "../../../systems/zot/decide";

const tiers: AccessTiers = {
  admins: ["admins"],
  writers: ["artifact-workloads"],
  writableRepositories: ["blumeops/**"],
  anonymousPull: true,
};

test("each glob repeats every tier, since the longest match inherits nothing", () => {
  expect(accessControl(tiers, "2.1.20")).toEqual({
    repositories: {
      "**": {
        anonymousPolicy: ["read"],
        defaultPolicy: ["read"],
        policies: [
          { groups: ["admins"], actions: ["read", "create", "update", "delete", "detectManifestCollision"] },
        ],
      },
      "blumeops/**": {
        anonymousPolicy: ["read"],
        defaultPolicy: ["read"],
        policies: [
          { groups: ["admins"], actions: ["read", "create", "update", "delete", "detectManifestCollision"] },
          { groups: ["artifact-workloads"], actions: ["read", "create"] },
        ],
      },
    },
    metrics: { anonymousPolicy: ["read"] },
  });
});

test("nobody but zot and the admins fills a pull-through cache, unless the settings name it", () => {
  const caches = { ...tiers, writableRepositories: ["**"], cacheRepositories: ["docker.io/**"] };
  const writer = { username: "zot-ci", groups: ["artifact-workloads"] };
  const closed = accessControl(caches, "2.1.20");
  expect(decide(closed, writer, "docker.io/library/alpine", "create")).toBe(false);
  expect(decide(closed, { username: "ada", groups: ["admins"] }, "docker.io/library/alpine", "create")).toBe(
    true,
  );
  expect(decide(closed, { groups: [] }, "docker.io/library/alpine", "read")).toBe(true);
  expect(decide(closed, writer, "tools/x", "create")).toBe(true);
  const named = accessControl({ ...caches, writableRepositories: ["**", "docker.io/**"] }, "2.1.20");
  expect(decide(named, writer, "docker.io/library/alpine", "create")).toBe(true);
});

test("one entry is enough where CI may push everywhere", () => {
  const { repositories } = accessControl({ ...tiers, writableRepositories: ["**"] }, "2.1.20");
  expect(Object.keys(repositories)).toEqual(["**"]);
  expect(repositories["**"]?.policies).toContainEqual({
    groups: ["artifact-workloads"],
    actions: ["read", "create"],
  });
});

test.each([
  ["2.1.15", { users: [""] }],
  ["2.1.17", { users: [""] }],
  ["2.1.18", { anonymousPolicy: ["read"] }],
  ["2.1.20", { anonymousPolicy: ["read"] }],
])("scrapers need no login in the form that zot %s knows", (version, metrics) => {
  expect(accessControl(tiers, version).metrics).toEqual(metrics);
});

test("the order in which globs are written changes nothing", () => {
  const forth = accessControl({ ...tiers, writableRepositories: ["team/**", "blumeops/**"] }, "2.1.20");
  const back = accessControl(
    { ...tiers, writableRepositories: ["blumeops/**", "team/**", "team/**"] },
    "2.1.20",
  );
  expect(JSON.stringify(back)).toBe(JSON.stringify(forth));
});

test.each(["*", "ab", "a"])("the glob %s is refused: ** is as long, so CI could not push there", (glob) => {
  expect(() => accessControl({ ...tiers, writableRepositories: [glob] }, "2.1.20")).toThrow(
    "would let the read-only ** win",
  );
});
