import type { AccessControl } from "../../../../systems/zot/access";
import type { Access } from "../../../../systems/zot/grants";
import { ALL_CLIENTS, type MatrixArgs, runMatrix } from "../../../../systems/zot/proof";
import { isAsked, PLACES_A_TURN } from "../../../../systems/zot/proof/pairs";
import { accessControl } from "../../../../systems/zot/rules";
import { startFake } from "../../../commands/verify/fake-registry";
import { grant } from "../../../support/access";

const namesOf = (count: number) => Array.from({ length: count }, (_, at) => `team-${at}`);
const pushersOf = (names: readonly string[]) =>
  names.map((name) => ({ name, groups: [name], scratchRepository: `${name}/scratch` }));

/** Each of them pushes to its own folder, and to those of others that are named. */
function accessOf(names: readonly string[], more: Readonly<Record<string, string>> = {}): Access {
  const folders = (name: string) => [name, ...(more[name] === undefined ? [] : [more[name]])];
  return {
    caches: [],
    grants: [
      grant("anonymous", ["pull"], ["**"]),
      ...names.map((name) => ({
        ...grant(
          { groups: [name] },
          ["pull", "push"],
          folders(name).map((folder) => `${folder}/**`),
        ),
        pusher: name,
      })),
    ],
  };
}

/** What a registry with these rules is found to answer wrongly, by who asks and where. */
async function found(count: number, ac: AccessControl, places?: MatrixArgs["places"]) {
  const names = namesOf(count);
  const fake = await startFake({
    ac,
    repositories: Object.fromEntries(names.map((name) => [`${name}/image`, ["v1"]])),
  });
  try {
    const rows = await runMatrix({
      registryUrl: fake.url,
      access: accessOf(names),
      zotVersion: "2.1.20",
      identities: [
        { name: "anonymous", groups: [] },
        ...names.map((name) => ({ name, username: name, password: name, groups: [name] })),
      ],
      pushers: pushersOf(names),
      clients: ALL_CLIENTS.slice(0, 1),
      ...(places && { places }),
      timeoutMs: 60_000,
    });
    const wrong = rows.filter(({ ok }) => !ok).map(({ identity, target }) => `${identity} in ${target}`);
    return { answers: rows.length, wrong: [...new Set(wrong)] };
  } finally {
    await fake.stop();
  }
}

const COUNT = 11;
const TURNS = Math.ceil((COUNT - 1) / PLACES_A_TURN);
const names = namesOf(COUNT);

test("the answers of a proof grow with pushers, not with their pairs", async () => {
  const answersOf = async (count: number) => {
    const { answers, wrong } = await found(count, accessControl(accessOf(namesOf(count))), { turn: 0 });
    expect(wrong).toEqual([]);
    return answers;
  };
  const [few, more, most] = [await answersOf(10), await answersOf(13), await answersOf(16)];
  expect(most - more).toBe(more - few);
});

test.each([2, 3, 9, 10, 11, 17, 18, 20, 33])(
  "every pair of %i pushers is asked about in turns, and every place in each of them",
  (count) => {
    const all = namesOf(count);
    const seen = new Set<string>();
    for (let turn = 0; turn < Math.ceil((count - 1) / PLACES_A_TURN); turn++) {
      const asks = isAsked({ access: accessOf(all), pushers: pushersOf(all), places: { turn } });
      for (const owner of all) {
        const askers = all.filter(
          (asker) => asker !== owner && asks(asker, { pusher: owner, repository: `${owner}/image` }),
        );
        expect(askers).toHaveLength(Math.min(count - 1, PLACES_A_TURN));
        askers.forEach((asker) => seen.add(`${asker} ${owner}`));
      }
    }
    expect(seen.size).toBe(count * (count - 1));
  },
);

test.each([
  [1, 0],
  [0, 10],
])("a rule that is wrong for pusher %i in the place of %i alone is found", async (asker, owner) => {
  const wrong = [`team-${asker} in team-${owner}/image`];
  const ac = accessControl(accessOf(names, { [`team-${asker}`]: `team-${owner}` }));
  // What `npm run verify` asks.
  expect((await found(COUNT, ac)).wrong).toEqual(wrong);
  // A registry that still runs the rules of the last proof, by which it was right.
  const since = accessOf(names, { [`team-${asker}`]: `team-${owner}` });
  for (let turn = 0; turn < TURNS; turn++)
    expect((await found(COUNT, ac, { turn, since })).wrong).toEqual(wrong);
  const inTurns = await Promise.all(
    Array.from({ length: TURNS }, (_, turn) => found(COUNT, ac, { turn, since: accessOf(names) })),
  );
  expect([...new Set(inTurns.flatMap((each) => each.wrong))]).toEqual(wrong);
});

test.each<[string, (ac: AccessControl) => void]>([
  [
    "any login may push in one place",
    (ac) => ((ac.repositories["team-7/**"] ??= {}).defaultPolicy = ["read", "create"]),
  ],
  ["the rules of one place are missing", (ac) => delete ac.repositories["team-7/**"]],
  [
    "one pusher may push everywhere",
    (ac) => (ac.adminPolicy = { users: ["team-7"], actions: ["read", "create"] }),
  ],
])("a registry where %s is found in every turn", async (_, spoil) => {
  const ac = accessControl(accessOf(names));
  spoil(ac);
  for (let turn = 0; turn < TURNS; turn++)
    expect((await found(COUNT, ac, { turn })).wrong.join()).toContain("team-7");
});
