import { deploy, nightly } from "../../../commands/ci/jobs";
import { CONFIG, FakeStack, ITEM, KEY_SECRET, type Meddling, PROOF } from "./support/fake-stack";
import { NOW, startWorld, type World } from "./support/world";

/*
 * What a night deploys by itself, beside everything that somebody may have changed.
 */
const DAY_MS = 86_400_000;
const RENEWAL = [
  "update pusher-zot-ci-note",
  "replace pusher-zot-ci-api-key",
  "update pusher-zot-ci-keys",
  "update pusher-zot-ci-item",
  "update actions-secrets-eblume-blumeops-ZOT_CI_API_KEY",
  "update access-proof-matrix",
  "update cluster-credentials-k3s/builds/zot-push",
  "update old-keys-zot-ci-retired",
];

let world: World;
let stack: FakeStack;
let passed: number;
const now = () => new Date(NOW.getTime() + passed);
const job = (waits: (milliseconds: number) => void = () => undefined) =>
  world.job(
    {},
    {
      run: stack.run,
      now,
      wait: (milliseconds) => {
        passed += milliseconds;
        waits(milliseconds);
        return Promise.resolve();
      },
    },
  );
const issue = () => world.forgejo.issuesOf("blumeops").find(({ state }) => state === "open");

beforeEach(async () => {
  world = await startWorld();
  passed = 0;
  stack = new FakeStack(now);
});
afterEach(() => world.forgejo.stop());

test("a due key is renewed for all consumers, and the former key is revoked on time", async () => {
  expect(await nightly(job())).toBe(0);
  expect(stack.deployed).toEqual([]);
  passed = 60 * DAY_MS;
  expect(await nightly(job())).toBe(0);
  expect(stack.deployed).toEqual(RENEWAL);
  expect(stack.isWhole).toBe(true);
  passed += DAY_MS;
  expect(await nightly(job())).toBe(0);
  expect(stack.deployed.slice(RENEWAL.length)).toEqual(["update old-keys-zot-ci-retired"]);
  expect(issue()).toBeUndefined();
});

describe.each<[Meddling, string]>([
  ["rotates a token in 1Password", "actions-secrets-eblume-blumeops-CACHE_TOKEN"],
  ["edits the note", "pusher-zot-ci-note"],
  ["deletes a secret in Forgejo", "actions-secrets-eblume-blumeops-CACHE_TOKEN"],
  ["deletes the key's secret in Forgejo", "actions-secrets-eblume-blumeops-ZOT_CI_API_KEY"],
  ["edits the Secret in the cluster", "cluster-credentials-k3s/builds/zot-push"],
  ["edits the key's item", "pusher-zot-ci-item"],
  ["edits the config", "registry-config"],
  ["revokes the key", "pusher-zot-ci-api-key"],
])("somebody %s", (meddling, name) => {
  test.each([
    ["alone", 0],
    ["beside a key that is due", 60],
  ])("%s: nothing is deployed, and the issue says what", async (_name, days) => {
    passed = days * DAY_MS;
    stack.meddled.add(meddling);
    expect(await nightly(job())).toBe(1);
    expect(stack.deployed).toEqual([]);
    expect(issue()?.title).toMatch(/^indri: drift: /);
    expect(issue()?.body).toContain(`Drift from the last deploy at \`${name}\``);
    // Nobody is blamed for what the renewal itself changes.
    if (meddling !== "revokes the key") expect(issue()?.title).toMatch(/: 1 to (update|create)$/);
    stack.meddled.delete(meddling);
    expect(await nightly(job())).toBe(0);
    expect(stack.deployed).toEqual(days === 0 ? [] : RENEWAL);
    expect(issue()).toBeUndefined();
  });
});

test("a token rotated together with a secret deleted by hand is drift of both, beside a key that is due", async () => {
  passed = 60 * DAY_MS;
  stack.meddled.add("rotates a token in 1Password").add("deletes the key's secret in Forgejo");
  expect(await nightly(job())).toBe(1);
  expect(stack.deployed).toEqual([]);
  expect(issue()?.title).toBe("indri: drift: 1 to create, 1 to update");
});

describe("a key that reached its end, unrenewed,", () => {
  beforeEach(() => {
    passed = 90 * DAY_MS;
  });

  test("is reported as expired, without an author, and its consumers are named", async () => {
    expect(await nightly(job())).toBe(1);
    expect(stack.deployed).toEqual([]);
    expect(issue()?.title).toBe("indri: expired: pusher-zot-ci-api-key");
    expect(issue()?.body).toContain(
      "was not renewed in time, so that CI cannot push: `pusher-zot-ci-api-key` (2027-02-23T12:00:00.000Z)",
    );
    expect(issue()?.body).toContain("npm run up -- --stack indri --refresh");
    expect(issue()?.body).not.toMatch(/somebody|also changes/);
  });

  test("hides no other difference", async () => {
    stack.meddled.add("rotates a token in 1Password");
    expect(await nightly(job())).toBe(1);
    expect(issue()?.title).toBe("indri: expired: pusher-zot-ci-api-key");
    expect(issue()?.body).toContain(
      "also reverts the drift at `actions-secrets-eblume-blumeops-CACHE_TOKEN`",
    );
  });
});

test("a change between the comparison and the deploy is not deployed", async () => {
  passed = 60 * DAY_MS;
  stack.beforeStep = () => {
    stack.meddled.add("edits the config");
    return undefined;
  };
  expect(await nightly(job())).toBe(0);
  expect(stack.deployed).toEqual(RENEWAL);
  expect(stack.meddled).toEqual(new Set(["edits the config"]));
});

test.each([ITEM, KEY_SECRET, PROOF])(
  "a renewal that is killed at %s is finished by the next night",
  async (urn) => {
    passed = 60 * DAY_MS;
    stack.beforeStep = (at) => (at === urn ? "killed" : undefined);
    expect(await nightly(job())).toBe(1);
    expect(issue()?.title).toBe("indri: the renewal failed");
    expect(issue()?.body).toContain("pulumi was ended by SIGKILL");
    stack.beforeStep = () => undefined;
    passed += DAY_MS;
    const over = {
      lockOwner: "root@stack-job",
      holderState: () => Promise.resolve("ended" as const),
    };
    expect(await nightly({ ...job(), ...over })).toBe(0);
    expect(stack.isWhole).toBe(true);
    expect([...stack.deployed].sort()).toEqual([...RENEWAL].sort());
    expect(issue()).toBeUndefined();
  },
);

test("drift beside an interrupted renewal stops the night that would finish it", async () => {
  passed = 60 * DAY_MS;
  stack.beforeStep = (at) => (at === ITEM ? "killed" : undefined);
  await nightly(job());
  stack.beforeStep = () => undefined;
  stack.meddled.add("rotates a token in 1Password");
  const before = stack.deployed.length;
  const over = { lockOwner: "root@stack-job", holderState: () => Promise.resolve("ended" as const) };
  expect(await nightly({ ...job(), ...over })).toBe(1);
  expect(stack.deployed).toHaveLength(before);
  expect(issue()?.title).toBe("indri: drift: 1 to update");
  expect(issue()?.body).toContain("CACHE_TOKEN");
});

describe("a merged commit that was not deployed", () => {
  beforeEach(() => {
    stack.commit = "decade0000ff";
    stack.asksFor = CONFIG;
  });

  test("is reported with both commits, not as drift", async () => {
    expect(await nightly(job())).toBe(1);
    expect(issue()?.title).toBe("indri: not deployed: 1 to update");
    expect(issue()?.body).toMatch(
      /of commit c0ffee0000, and this is decade0000: what was merged since is not deployed/,
    );
    expect(issue()?.body).not.toContain("somebody");
    expect(stack.deployed).toEqual([]);
  });

  test("is no drift while its deploy runs, and the night waits", async () => {
    const deploying = job();
    expect(
      await nightly(
        job(() => {
          if (stack.asksFor) void deploy(deploying);
        }),
      ),
    ).toBe(0);
    expect(world.said).toContain("comparing again");
    expect(issue()).toBeUndefined();
  });
});
