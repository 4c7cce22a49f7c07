import { cpSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import pLimit from "p-limit";
import type { AccessControl } from "../../systems/zot/access";
import { Registry } from "../../systems/zot/proof/registry";
import { probes } from "./ask";
import { PEOPLE, type Person } from "./people";
import { LISTEN, LOG, serve } from "./process";
import { seed, stored } from "./seed";
import { cases, type Case } from "./table";

/** The zot to test. */
export interface Candidate {
  binary: string;
  /** As it reports it, e.g. `v2.1.20`. */
  version: string;
  /** An empty folder for its files; the caller removes it. */
  folder: string;
  /** `http.auth` of its config, which must let the table's users in. */
  auth: unknown;
  /** Called with the storage folder before any case, if users are kept there. */
  prepare?: (storage: string) => void;
  password: (username: string) => string;
}

export interface Difference {
  shows: string;
  person: string;
  asked: string;
  repository: string;
  expected: string;
  actual: string;
}

export interface ModelComparison {
  shows: string;
  answers: number;
  differences: Difference[];
}

const TIMEOUT_MS = 10_000;
const AT_ONCE = 8;

/** Everybody may push; used to fill the storage. */
const SEEDING: AccessControl = { repositories: { "**": { anonymousPolicy: ["read", "create"] } } };

/**
 * Sends every request of the table to a live zot; each case has its own process and copy of the storage.
 *
 * @throws CandidateError, SystemError if it does not serve
 */
export async function conform(
  candidate: Candidate,
  { table = cases(), told }: { table?: Case[]; told?: (verdict: ModelComparison) => void } = {},
): Promise<ModelComparison[]> {
  const template = join(candidate.folder, "template");
  mkdirSync(template, { recursive: true });
  candidate.prepare?.(template);
  await within(candidate, "seed", template, SEEDING, (url) => seed(new Registry(url, TIMEOUT_MS)));
  const verdicts: ModelComparison[] = [];
  for (const [index, each] of table.entries()) {
    const storage = join(candidate.folder, `case-${index}`);
    cpSync(template, storage, { recursive: true });
    const verdict = await judge(candidate, each, `case-${index}`, storage, stored(template));
    verdicts.push(verdict);
    told?.(verdict);
  }
  return verdicts;
}

async function judge(
  candidate: Candidate,
  { shows, access }: Case,
  name: string,
  storage: string,
  before: string[],
): Promise<ModelComparison> {
  const limit = pLimit(AT_ONCE);
  const asked = PEOPLE.flatMap((person) =>
    probes(access, person, candidate.version).map((probe) => ({ ...probe, person })),
  );
  const answers = await within(candidate, name, storage, access, (url) =>
    Promise.all(
      asked.map(({ person, asked, repository, expected, ask }) =>
        limit(async () => {
          const actual = await ask(new Registry(url, TIMEOUT_MS, identity(candidate, person)));
          return { shows, person: person.name, asked, repository, expected, actual };
        }),
      ),
    ),
  );
  const gone = new Set(asked.flatMap(({ removes }) => removes));
  const left = before.filter((each) => !gone.has(each));
  const differences = answers.filter(({ expected, actual }) => expected !== actual);
  return {
    shows,
    answers: answers.length,
    differences: [...differences, ...traces(shows, left, stored(storage))],
  };
}

/** What the requests left behind or removed, and the model did not expect. */
function traces(shows: string, expected: string[], actual: string[]): Difference[] {
  const difference = (repository: string, was: string, is: string): Difference => ({
    shows,
    person: "storage",
    asked: "after all questions",
    repository,
    expected: was,
    actual: is,
  });
  return [
    ...expected.filter((each) => !actual.includes(each)).map((each) => difference(each, "there", "gone")),
    ...actual
      .filter((each) => !expected.includes(each))
      .map((each) => difference(each, "not there", "there")),
  ];
}

async function within<T>(
  { binary, folder, auth }: Candidate,
  name: string,
  storage: string,
  access: AccessControl,
  work: (url: string) => Promise<T>,
): Promise<T> {
  const file = join(folder, `${name}.json`);
  writeFileSync(file, JSON.stringify(config(storage, auth, access)));
  const { url, stop } = await serve(binary, file);
  try {
    return await work(url);
  } finally {
    await stop();
  }
}

/** Garbage collection and deduplication are off: they would change the folder's content. */
function config(rootDirectory: string, auth: unknown, access: AccessControl): unknown {
  const groups = [...new Set(PEOPLE.flatMap((person) => person.groups))].map((group) => [
    group,
    { users: PEOPLE.filter((person) => person.groups.includes(group)).map(({ username }) => username) },
  ]);
  return {
    distSpecVersion: "1.1.1",
    storage: { rootDirectory, gc: false, dedupe: false },
    http: { ...LISTEN, auth, accessControl: { ...access, groups: Object.fromEntries(groups) as unknown } },
    log: LOG,
  };
}

function identity({ password }: Candidate, { name, username, groups }: Person) {
  return username === undefined ? { name, groups } : { name, username, password: password(username), groups };
}
