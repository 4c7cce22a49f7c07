import { ActionsSecretHandler, type ActionsSecretInputs } from "../../provider/actions-secret";
import { type Forgejo, startForgejo } from "../../rehearsal/forgejo";
import { RecordedMessages } from "./recorded-messages";

/*
 * A thousand secrets in fifty repositories, each run in a provider of its own, with every resource at once. What that takes of
 * memory and time with the real engine: npm run bench.
 */
const TOKEN = "forgejo-token";
const repositories = Array.from({ length: 50 }, (_, index) => `repository-${index}`);
const names = Array.from({ length: 20 }, (_, index) => `SECRET_${index}`);
/** Requests at a time that a small Forgejo is asked to bear. */
const MOST_IN_FLIGHT = 8;
const { say } = new RecordedMessages();
const { fetch } = globalThis;
let forgejo: Forgejo;
let inFlight = 0;
let mostInFlight = 0;

beforeAll(async () => {
  forgejo = await startForgejo({ token: TOKEN, owner: "eblume", repositories });
  globalThis.fetch = async (...request) => {
    mostInFlight = Math.max(mostInFlight, ++inFlight);
    try {
      return await fetch(...request);
    } finally {
      inFlight--;
    }
  };
});
afterAll(async () => {
  globalThis.fetch = fetch;
  await forgejo.stop();
});

/** What a run asks of Forgejo, which may be less busy but never more than it is told. */
async function requestsOf<T>(run: () => Promise<T>) {
  const before = forgejo.requests.length;
  mostInFlight = 0;
  const result = await run();
  const methods = forgejo.requests.slice(before).map(({ method }) => method);
  const of = (method: string) => methods.filter((each) => each === method).length;
  return { result, lists: of("GET"), puts: of("PUT"), all: methods.length, mostInFlight };
}

const wanted = (value: string): ActionsSecretInputs[] =>
  repositories.flatMap((repository) =>
    names.map((name) => ({
      url: forgejo.url,
      token: TOKEN,
      owner: "eblume",
      repository,
      name,
      value: `${value} of ${repository}/${name}`,
    })),
  );

/** One `pulumi up`, from nothing or from the state that the last one left. */
function up(value: string, state: readonly ActionsSecretInputs[] = []) {
  const handler = new ActionsSecretHandler();
  return Promise.all(
    wanted(value).map(async (inputs, index) => {
      const old = state[index];
      const news = handler.prepare(inputs, old);
      if (!old) return (await handler.create(news, say)).outputs;
      return (await handler.diff("id", old, news, say)).changes ? handler.update("id", old, news) : old;
    }),
  );
}

test("a thousand secrets take a write each when they are new or renewed, a list for each repository else, eight at a time", async () => {
  const made = await requestsOf(() => up("first"));
  expect(made).toMatchObject({ lists: 0, puts: 1000, all: 1000, mostInFlight: MOST_IN_FLIGHT });
  const again = await requestsOf(() => up("first", made.result));
  expect(again).toMatchObject({ lists: 50, puts: 0, all: 50, mostInFlight: MOST_IN_FLIGHT });
  const refreshed = await requestsOf(() => {
    const handler = new ActionsSecretHandler();
    return Promise.all(made.result.map((state) => handler.read("id", state, say)));
  });
  expect(refreshed).toMatchObject({ result: made.result, lists: 50, all: 50, mostInFlight: MOST_IN_FLIGHT });
  const renewed = await requestsOf(() => up("second", again.result));
  expect(renewed).toMatchObject({ lists: 0, puts: 1000, all: 1000, mostInFlight: MOST_IN_FLIGHT });
  expect(forgejo.secretsOf("repository-49")["SECRET_19"]).toBe("second of repository-49/SECRET_19");
});
