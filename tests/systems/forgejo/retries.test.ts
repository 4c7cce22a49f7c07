import { Forgejo } from "../../../systems/forgejo/forgejo";
import { ForgejoClient } from "../../../systems/forgejo/forgejo-client";
import { Answered, Network } from "../../provider/life/network";

const mockWaits: number[] = [];
jest.mock("node:timers/promises", () => ({
  setTimeout: (milliseconds: number) => {
    mockWaits.push(milliseconds);
    return Promise.resolve();
  },
}));

const network = new Network();
const place = { owner: "eblume", repository: "blumeops" };
const organisation = { owner: "builders" };
const client = new ForgejoClient("http://forgejo.test", { retryDelaysMs: [250, 1000, 4000] });
const PUT_VALUE = "hunter2-hunter2";
let answered = 0;

/** The next answers; the value that was sent comes back in each, as a careless proxy would send it. */
function answer(...answers: { status: number; retryAfter?: string; location?: string }[]): void {
  network.open(() => {
    const next = answers[Math.min(answered++, answers.length - 1)] ?? { status: 500 };
    const { status, retryAfter, location } = next;
    const headers = {
      ...(retryAfter !== undefined && { "retry-after": retryAfter }),
      ...(location !== undefined && { location }),
    };
    return new Answered(status === 204 ? "" : PUT_VALUE, { status, headers });
  });
}

beforeEach(() => {
  mockWaits.length = 0;
  answered = 0;
});
afterAll(() => network.close());

test.each([
  ["as long as Forgejo says", { status: 429, retryAfter: "7" }, 7000],
  ["no longer than is bearable", { status: 429, retryAfter: "86400" }, 30_000],
  ["its own time where Forgejo says nothing", { status: 429 }, 250],
  [
    "its own time where Forgejo names a date",
    { status: 503, retryAfter: "Fri, 02 Jan 2026 00:00:00 GMT" },
    250,
  ],
  ["its own time after a failure of the server", { status: 502 }, 250],
])("it waits %s, then retries", async (_name, refusal, wait) => {
  answer(refusal, { status: 204 });
  await client.put(place, "t", "NAME", PUT_VALUE);
  expect([mockWaits, answered]).toEqual([[wait], 2]);
});

test("a secret counts as another owner's only where this program cannot have set it", async () => {
  const put = () => client.put(place, "t", "NAME", PUT_VALUE);
  answer({ status: 204 });
  expect(await put()).toBe(true);
  answered = 0;
  // Heard perhaps, and its answer lost at the proxy.
  answer({ status: 502 }, { status: 204 });
  expect(await put()).toBe(false);
});

test("a Forgejo that stays busy fails after four attempts", async () => {
  answer({ status: 429 });
  const attempt = client.put(place, "t", "NAME", PUT_VALUE);
  await expect(attempt).rejects.toThrow("could not set eblume/blumeops/NAME");
  await expect(attempt).rejects.not.toThrow(PUT_VALUE);
  expect([mockWaits, answered]).toEqual([[250, 1000, 4000], 4]);
});

test.each([
  [401, place, "forgejo.token is not a valid token"],
  [403, place, "needs the scope write:repository, and its user must own the repository"],
  [
    403,
    organisation,
    "needs the scope write:organization, and its user must be an owner of the organisation",
  ],
  [404, place, "forgejo.token may not see it"],
  [404, organisation, "forgejo.token may not see it"],
])("a %s is not retried, even with a Retry-After, and says what is missing", async (status, where, hint) => {
  answer({ status, retryAfter: "1" });
  const attempt = client.put(where, "t", "NAME", PUT_VALUE);
  await expect(attempt).rejects.toThrow(hint);
  await expect(attempt).rejects.not.toThrow(PUT_VALUE);
  expect([mockWaits, answered]).toEqual([[], 1]);
});

test.each([
  ["/api/v1/repos/eblume/home%20lab/actions/secrets/NAME", { owner: "eblume", repository: "home lab" }],
  ["http://forgejo.test/api/v1/orgs/makers/actions/secrets/NAME", { owner: "makers" }],
])("a deletion in a renamed repository names its new place: %s", async (location, moved) => {
  answer({ status: 307, location });
  expect(await client.delete(place, "t", "NAME")).toEqual(moved);
});

test.each([
  "https://forgejo.test/api/v1/repos/eblume/blumeops/actions/secrets/NAME",
  "http://elsewhere.test/api/v1/repos/eblume/blumeops/actions/secrets/NAME",
  "/user/login",
  "http://[",
  undefined,
])("no token is sent to another server: %s", async (location) => {
  answer({ status: 307, ...(location !== undefined && { location }) });
  await expect(client.delete(place, "t", "NAME")).rejects.toThrow("was the repository renamed");
  expect(answered).toBe(1);
});

test("redirects in a circle end", async () => {
  answer({ status: 307, location: "/api/v1/repos/eblume/homelab/actions/secrets/NAME" });
  const attempt = new Forgejo().delete({ ...place, url: "http://forgejo.test", token: "t" }, "NAME");
  await expect(attempt).rejects.toThrow("eblume/blumeops is eblume/homelab now, which was renamed again");
  expect(answered).toBe(2);
});
