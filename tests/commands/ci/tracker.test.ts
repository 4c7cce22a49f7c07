import { nightly, pullRequest } from "../../../commands/ci/jobs";
import { marker } from "../../../commands/ci/messages";
import { FLAVOURS, type FlavourName } from "../../../rehearsal/forgejo/flavours";
import { messageOf } from "../../../systems/text";
import { drift, startWorld, type World, type WorldOptions } from "./support/world";

/*
 * What CI writes to Forgejo: only what its own user wrote counts, and an answer that leaves it open whether something was written
 * is cleared up.
 */
let world: World;
const start = async (options: WorldOptions = {}) => {
  world = await startWorld(options);
};
afterEach(() => world.forgejo.stop());

const off = { plan: drift, held: drift };
const issues = () => world.forgejo.issuesOf("blumeops");
const PREVIEW = marker("preview", "indri");
const NIGHTLY = marker("nightly", "indri");

describe.each(Object.keys(FLAVOURS) as FlavourName[])("with %s", (flavour) => {
  beforeEach(() => start({ flavour }));

  test("a stranger's comment with the marker stays as it is, and the preview has a comment of its own", async () => {
    const pull = world.forgejo.openPull("blumeops", "Open a port");
    const theirs = world.forgejo.comment(pull, `${PREVIEW}\nno change, merge it`);
    expect(await pullRequest(world.job(off), pull)).toBe(0);
    expect(await pullRequest(world.job(), pull)).toBe(0);
    expect(pull.comments).toHaveLength(2);
    expect(theirs.body).toBe(`${PREVIEW}\nno change, merge it`);
    expect(pull.comments[1]?.body).toContain("no change");
    expect(pull.comments[1]?.user.id).toBe(-2);
  });

  test("a stranger's issue with the marker is neither edited nor closed, and the night has an issue of its own", async () => {
    const older = world.forgejo.openIssue("blumeops", "mine", `${NIGHTLY}\nall is well`);
    await nightly(world.job(off));
    const newer = world.forgejo.openIssue("blumeops", "mine too", `${NIGHTLY}\nall is well`);
    await nightly(world.job(off));
    expect(issues().map(({ title }) => title)).toEqual(["mine", "indri: drift: 1 to update", "mine too"]);
    await nightly(world.job());
    expect([older, newer].map(({ state, body }) => [state, body])).toEqual([
      ["open", `${NIGHTLY}\nall is well`],
      ["open", `${NIGHTLY}\nall is well`],
    ]);
    expect(issues()[1]?.state).toBe("closed");
  });
});

test("a token's account is looked up where allowed, and only its own texts count", async () => {
  await start({ scopes: ["write:issue", "read:user"] });
  const { tracker } = world.job();
  const pull = world.forgejo.openPull("blumeops", "Open a port");
  world.forgejo.comment(pull, PREVIEW, { id: -2, login: "forgejo-actions" });
  await tracker.addComment(pull.number, PREVIEW, `${PREVIEW} by a person's token`);
  expect(await tracker.ownComments(pull.number, PREVIEW)).toMatchObject([{ user: { id: 1 } }]);
});

test("comments of a deleted account belong to nobody", async () => {
  await start();
  const pull = world.forgejo.openPull("blumeops", "Open a port");
  world.forgejo.comment(pull, PREVIEW, { id: -1, login: "Ghost" });
  expect(await world.job().tracker.ownComments(pull.number, PREVIEW)).toEqual([]);
});

test("a night finds its issue among hundreds of others, and merges duplicates", async () => {
  await start();
  await nightly(world.job(off));
  for (let index = 0; index < 230; index++) world.forgejo.openIssue("blumeops", "spam", NIGHTLY);
  const { tracker } = world.job();
  await tracker.createIssue("indri: drift", NIGHTLY, `${NIGHTLY}\nof a night at the same time`);
  await nightly(world.job(off));
  const ours = issues().filter(({ user }) => user.id === -2);
  expect(ours.map(({ state }) => state)).toEqual(["closed", "open"]);
  await nightly(world.job());
  expect(ours.map(({ state }) => state)).toEqual(["closed", "closed"]);
  expect(issues().filter(({ state }) => state === "open")).toHaveLength(230);
});

test("a comment that was written despite a 500 is not written twice, and the job succeeds", async () => {
  await start({ flavour: "forgejo=9" });
  const pull = world.forgejo.openPull("blumeops", "Open a port");
  expect(await pullRequest(world.job(off), pull)).toBe(0);
  expect(pull.comments).toHaveLength(1);
});

test.each(["POST", "PATCH", "GET"])("a failed %s is retried until the server recovers", async (verb) => {
  await start();
  const pull = world.forgejo.openPull("blumeops", "Open a port");
  if (verb !== "POST") await pullRequest(world.job(off), pull);
  world.forgejo.failNext(502, 1, ({ method, path }) => method === verb && path.includes("/comments"));
  expect(await pullRequest(world.job(), pull)).toBe(0);
  expect(pull.comments.map(({ body }) => body)).toEqual([expect.stringContaining("no change")]);
});

test.each(["POST", "PATCH"])("a night's %s of an issue that failed once is made once", async (verb) => {
  await start();
  if (verb === "PATCH") await nightly(world.job({ preview: { status: 255, output: "error" } }));
  world.forgejo.failNext(500, 1, ({ method }) => method === verb);
  await nightly(world.job(off));
  expect(issues()).toMatchObject([{ title: "indri: drift: 1 to update", state: "open" }]);
});

describe("a failure names its own cause", () => {
  test.each<[string, WorldOptions, number, RegExp]>([
    ["too small a scope", { scopes: ["write:user"] }, 0, /answered 403; .*write:issue/],
    ["an archived repository", { repository: { archived: true } }, 0, /answered 423; .*archived: unarchive/],
    ["a token that ended", {}, 401, /answered 401; .*ends with the job/],
    ["issues that are switched off", {}, 404, /answered 404; .*issues or pull requests switched off/],
    ["a text that is too long", {}, 413, /answered 413; .*longer than this server takes/],
    ["a repository that was renamed", {}, 301, /answered 301; .*was renamed/],
    ["a server that is not well", {}, 503, /answered 503; .*is not well/],
  ])("%s", async (_name, options, status, message) => {
    await start(options);
    if (status !== 0) world.forgejo.failNext(status, 9, ({ path }) => path.endsWith("/issues"));
    const said = await nightly(world.job(off)).then(() => "", messageOf);
    expect(said).toMatch(message);
    if (status !== 0) expect(said).not.toContain("write:issue");
    expect(said).not.toMatch(/person-token|drift/);
  });

  test("a server with endless pages", async () => {
    await start();
    const { tracker } = world.job();
    let id = 0;
    const fetched = jest
      .spyOn(globalThis, "fetch")
      .mockImplementation(() =>
        Promise.resolve(Response.json([{ id: ++id, number: id, title: "", body: "", state: "open" }])),
      );
    await expect(tracker.ownIssues(NIGHTLY)).rejects.toThrow(/more than \d+ pages/);
    fetched.mockRestore();
  });
});
