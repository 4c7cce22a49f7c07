import { accessControl, type AccessTiers } from "../../../systems/zot/access";
import { GlobError } from "../../../systems/zot/glob";
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

const caches = { ...tiers, writableRepositories: ["**"], cacheRepositories: ["docker.io/**"] };

test("nobody but zot and the admins fills a pull-through cache", () => {
  const writer = { username: "zot-ci", groups: ["artifact-workloads"] };
  const closed = accessControl(caches, "2.1.20");
  expect(decide(closed, writer, "docker.io/library/alpine", "create")).toBe(false);
  expect(decide(closed, { username: "ada", groups: ["admins"] }, "docker.io/library/alpine", "create")).toBe(
    true,
  );
  expect(decide(closed, { groups: [] }, "docker.io/library/alpine", "read")).toBe(true);
  expect(decide(closed, writer, "tools/x", "create")).toBe(true);
});

test.each(["docker.io/**", "**/library/**", "{docker.io,app}/**", "docker.io/mine/**", "[a-z]ocker.io/**"])(
  "the glob %s is refused where it would win over the cache, with both named",
  (glob) => {
    const render = () => accessControl({ ...caches, writableRepositories: ["**", glob] }, "2.1.20");
    expect(render).toThrow(GlobError);
    expect(render).toThrow(glob);
    expect(render).toThrow("pulls through below docker.io/**");
  },
);

test.each(["*/**", "team/**", "{team,app}/docker.io/**", "docker.iox/**"])(
  "the glob %s is taken: the cache is longer, or no name below it matches",
  (glob) => {
    const { repositories } = accessControl({ ...caches, writableRepositories: [glob] }, "2.1.20");
    expect(Object.keys(repositories)).toContain(glob);
  },
);

test("a glob that reaches below one cache and loses to a longer one there is taken", () => {
  const nested = ["mirrors/**", "mirrors/docker.io/library/**"];
  const render = (glob: string) =>
    accessControl({ ...tiers, writableRepositories: [glob], cacheRepositories: nested }, "2.1.20");
  expect(() => render("mirrors/docker.io/*/**")).toThrow("mirrors/**");
  expect(() => render("{mirrors/docker.io/library}/**")).toThrow("mirrors/**, mirrors/docker.io/library/**");
  expect(() => render("**/library/x*")).toThrow("mirrors/**");
  expect(() => render("mirrors/docker.io/library/*")).not.toThrow();
});

test.each(["/docker.io/**", "Docker.io/**", "docker.io//**"])(
  "a cache %s that matches no repository is refused, since it would protect nothing",
  (cache) => {
    expect(() => accessControl({ ...caches, cacheRepositories: [cache] }, "2.1.20")).toThrow(GlobError);
  },
);

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
