import { accessControl, ruleProblems } from "../../../systems/zot/rules";
import { grant, homelabAccess } from "../../support/access";
import { GlobError } from "../../../systems/zot/glob";
import { decide } from "../../../systems/zot/decide";
import type { Grant } from "../../../systems/zot/grants";

test("each glob repeats every grant that holds it, since the longest match inherits nothing", () => {
  expect(accessControl(homelabAccess())).toEqual({
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
  });
});

const cached = (...pushTo: string[]) => homelabAccess({ pushTo, caches: ["docker.io/**"] });

test("nobody but zot and the admins fills a pull-through cache", () => {
  const writer = { username: "zot-ci", groups: ["artifact-workloads"] };
  const closed = accessControl(cached("**"));
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
    const render = () => accessControl(cached("**", glob));
    expect(render).toThrow(GlobError);
    expect(render).toThrow(glob);
    expect(render).toThrow("pulls through below docker.io/**");
  },
);

test.each(["*/**", "team/**", "{team,app}/docker.io/**", "docker.iox/**"])(
  "the glob %s is taken: the cache is longer, or no name below it matches",
  (glob) => {
    const { repositories } = accessControl(cached(glob));
    expect(Object.keys(repositories)).toContain(glob);
  },
);

test("a glob that reaches below one cache and loses to a longer one there is taken", () => {
  const nested = ["mirrors/**", "mirrors/docker.io/library/**"];
  const render = (glob: string) => accessControl(homelabAccess({ pushTo: [glob], caches: nested }));
  expect(() => render("mirrors/docker.io/*/**")).toThrow("mirrors/**");
  expect(() => render("{mirrors/docker.io/library}/**")).toThrow("mirrors/**, mirrors/docker.io/library/**");
  expect(() => render("**/library/x*")).toThrow("mirrors/**");
  expect(() => render("mirrors/docker.io/library/*")).not.toThrow();
});

describe("beside a cache of everything, where zot fetches every name that it does not have,", () => {
  const render = (...pushTo: string[]) => accessControl(homelabAccess({ pushTo, caches: ["**"] }));

  test.each(["**", "*/**", "**/library/**", "{team,app}/**", "[t]eam/**", "team*/**", "{team/a,**}/x"])(
    "the glob %s, which begins with no name, is refused",
    (glob) => {
      expect(() => render("team/**", glob)).toThrow(glob);
      expect(() => render(glob)).toThrow("zot pulls through every name that it does not have (**)");
    },
  );

  test("a glob that begins with a name lets CI push there, and nowhere else", () => {
    const control = render("team/**", "single");
    const writer = { username: "zot-ci", groups: ["artifact-workloads"] };
    for (const [name, may] of [
      ["team/x", true],
      ["single", true],
      ["library/alpine", false],
      ["other/team/x", false],
    ] as const) {
      expect([name, decide(control, writer, name, "create")]).toEqual([name, may]);
    }
  });
});

test.each(["/docker.io/**", "Docker.io/**", "docker.io//**"])(
  "a cache %s that matches no repository is refused, since it would protect nothing",
  (cache) => {
    expect(() => accessControl(homelabAccess({ pushTo: ["**"], caches: [cache] }))).toThrow(GlobError);
  },
);

test("a pusher of every repository needs one entry", () => {
  const { repositories } = accessControl(homelabAccess({ pushTo: ["**"] }));
  expect(Object.keys(repositories)).toEqual(["**"]);
  expect(repositories["**"]?.policies).toContainEqual({
    groups: ["artifact-workloads"],
    actions: ["read", "create"],
  });
});

test("the order in which globs are written changes nothing", () => {
  const forth = accessControl(homelabAccess({ pushTo: ["team/**", "blumeops/**"] }));
  const back = accessControl(homelabAccess({ pushTo: ["blumeops/**", "team/**", "team/**"] }));
  expect(JSON.stringify(back)).toBe(JSON.stringify(forth));
});

const problemsOf = (pushTo: string[], ...more: ReturnType<typeof grant>[]) => {
  const { caches, grants } = homelabAccess({ pushTo });
  return ruleProblems({ caches, grants: [...grants, ...more] });
};

test.each([
  ["*", "{*,*}"],
  ["ab", "{ab,ab}"],
  ["a", "{a,a}"],
])(
  "the glob %s is refused beside **, which is as long or longer and would win, and so is said as %s",
  (glob, longer) => {
    const [problem] = problemsOf([glob]);
    expect(problem).toMatchObject({ from: "pushers.zot-ci.in[0]", glob });
    expect(problem?.fix).toContain(`write ${longer},`);
    expect(problemsOf([longer])).toEqual([]);
  },
);

test("an inner glob is written as long as it takes to win", () => {
  const outer = grant({ groups: ["ops"] }, ["push"], ["a/{bbbbbbbb,cccccccc}"]);
  const [problem] = problemsOf(["a/bbbbbbbb"], outer);
  const written = /write (\S+),/.exec(problem?.fix ?? "")?.[1] ?? "";
  expect(problemsOf([written], outer)).toEqual([]);
});

test.each([
  [
    "partly, the longer one would take rights from the other",
    ["team/**"],
    ["**/app"],
    "the longer one decide alone, which is team/**",
  ],
  [
    "partly, and as long, of which zot takes a random one",
    ["team/*"],
    ["*/apps"],
    "either of two globs of the same length, at random",
  ],
])(
  "globs that match the same repositories %s are refused with both names and the fix",
  (_how, pushTo, other, why) => {
    const [problem] = problemsOf(pushTo, grant({ groups: ["ops"] }, ["push"], other, "access.roles[1].in"));
    expect(problem?.problem).toContain(why);
    expect(`${problem?.glob ?? ""} ${problem?.problem ?? ""}`).toContain(other[0]);
    expect(problem?.fix).toContain("in both places");
    const both = [...pushTo, ...other];
    const listed = grant({ groups: ["ops"] }, ["push"], both);
    expect(problemsOf(both, listed)).toEqual([]);
  },
);

test("globs that meet and give the same are taken", () => {
  expect(problemsOf(["team/**", "**/app"])).toEqual([]);
});

test("a rule of another, longer than a cache, does not carry a pusher below it", () => {
  const { grants } = homelabAccess({ pushTo: ["**"] });
  const role = grant({ groups: ["ops"] }, ["push"], ["**/library/nginx"]);
  const [problem] = ruleProblems({ caches: ["docker.io/**"], grants: [...grants, role] });
  expect(problem).toMatchObject({ glob: "**/library/nginx" });
  expect(problem?.problem).toContain("only zot may fill what it pulls through below docker.io/**");
});

test("nothing is open to anonymous unless declared, and a glob without rights stays", () => {
  const { repositories } = accessControl({
    ...homelabAccess({ open: [], admins: [] }),
    caches: ["docker.io/**"],
  });
  expect(repositories["docker.io/**"]).toEqual({ defaultPolicy: [], policies: [] });
  expect(JSON.stringify(repositories)).not.toContain("anonymousPolicy");
});

test("in a private registry a pusher pulls from a cache, and does not fill it", () => {
  const control = accessControl(homelabAccess({ open: [], pushTo: ["**"], caches: ["docker.io/**"] }));
  const who = { username: "zot-ci", groups: ["artifact-workloads"] };
  expect(decide(control, who, "docker.io/library/alpine", "read")).toBe(true);
  expect(decide(control, who, "docker.io/library/alpine", "create")).toBe(false);
  expect(decide(control, { groups: [] }, "team/app", "read")).toBe(false);
});

test("a grant of no more than every login has makes no rule, so that a group that only pulls changes nothing", () => {
  const { caches, grants } = homelabAccess();
  const readers = grant({ groups: ["family"] }, ["pull"], ["**"]);
  expect(accessControl({ caches, grants: [...grants, readers] })).toEqual(accessControl({ caches, grants }));
});

describe("a pusher's own exceptions and caches", () => {
  const CACHE = "docker.io/**";
  const pushes = (globs: readonly string[], except: readonly string[]): Grant => ({
    to: { groups: ["ci"] },
    may: ["pull", "push"],
    in: globs,
    except,
    from: "pushers.ci.in",
    pusher: "ci",
  });
  const role = (...globs: string[]) => grant({ groups: ["ops"] }, ["push"], globs);
  const CI = { username: "ci", groups: ["ci"] };

  test.each<[string, Grant[], open: string, closed: string]>([
    [
      "takes out of its glob what is below the cache",
      [pushes(["*/team-app-builds/**"], ["docker.io/team-app-builds/**"])],
      "shop/team-app-builds/web",
      "docker.io/team-app-builds/web",
    ],
    [
      "takes out a longer glob of somebody else, which would carry it there",
      [pushes(["**"], ["**/library/nginx"]), role("**/library/nginx")],
      "shop/library/httpd",
      "docker.io/library/nginx",
    ],
    [
      "is not needed where the longer glob of somebody else gives it nothing",
      [pushes(["*/team-app-builds/**"], []), role("docker.io/team-app-builds/**")],
      "shop/team-app-builds/web",
      "docker.io/team-app-builds/web",
    ],
  ])("one that %s is taken, and zot lets nothing be pushed there", (_what, grants, open, closed) => {
    const access = { caches: [CACHE], grants };
    expect(ruleProblems(access)).toEqual([]);
    const control = accessControl(access);
    expect(decide(control, CI, open, "create")).toBe(true);
    expect(decide(control, CI, closed, "create")).toBe(false);
  });

  test.each<[string, Grant[], glob: string]>([
    [
      "takes out something else below the cache",
      [pushes(["*/team-app-builds/**"], ["docker.io/team-app-builds/old/**"])],
      "*/team-app-builds/**",
    ],
    [
      "is as long as what it is to end, so that zot takes either",
      [pushes(["docker.??/team-app/**"], ["docker.io/team-app/**"])],
      "docker.??/team-app/**",
    ],
    [
      "is shorter than another's glob, which carries it there",
      [pushes(["**"], ["docker.io/library/**"]), role("**/library/{nginx,httpd}")],
      "**/library/{nginx,httpd}",
    ],
    [
      "is another pusher's",
      [pushes(["*/team-app-builds/**"], []), { ...pushes(["**"], ["docker.io/team-app/**"]), pusher: "cd" }],
      "*/team-app-builds/**",
    ],
  ])("one that %s is refused still", (_what, grants, glob) => {
    const problems = ruleProblems({ caches: [CACHE], grants });
    expect(problems.map((each) => each.glob)).toContain(glob);
  });
});

describe("exceptions", () => {
  const open = { to: "anonymous", may: ["pull"], from: "access.anonymous.pull" } as const;
  const writers = (globs: string[]) =>
    grant({ groups: ["artifact-workloads"] }, ["pull", "push"], globs, "access.roles[0].in");
  const but = (globs: readonly string[], except: readonly string[], ...others: Grant[]) => ({
    caches: [],
    grants: [{ ...open, in: globs, except }, ...others],
  });

  test("an excepted namespace is closed unless another grant opens it, and a longer glob opens a part of it", () => {
    const rules = accessControl(but(["**", "team/charts/**"], ["team/**"], writers(["team/**"])));
    const pulls = (repository: string, groups: string[] = []) =>
      decide(rules, groups.length > 0 ? { username: "ann", groups } : { groups }, repository, "read");
    const asked = ["shop/web", "team/app", "team/charts/app"];
    expect(asked.map((name) => pulls(name))).toEqual([true, false, true]);
    expect(asked.map((name) => pulls(name, ["artifact-workloads"]))).toEqual([true, true, true]);
    expect(asked.map((name) => pulls(name, ["others"]))).toEqual([true, false, true]);
  });

  test.each([
    ["from nothing", but(["shop/**"], ["team/**"]), "access.anonymous.except[0]", "is not an exception"],
    [
      "shorter than what it is from",
      but(["team/app/**"], ["team/**"]),
      "access.anonymous.except[0]",
      "is not an exception",
    ],
    [
      "that a longer glob of another grant would open again",
      but(["**"], ["team/**"], writers(["*/charts/**"])),
      "access.anonymous.except[0]",
      "both match team/charts",
    ],
    ["that is no glob", but(["**"], ["team/{"]), "access.anonymous.except[0]", "without its other half"],
  ])("one %s is refused", (_what, access, from, problem) => {
    expect(ruleProblems(access)).toMatchObject([
      { from, problem: expect.stringContaining(problem) as string },
    ]);
  });
});
