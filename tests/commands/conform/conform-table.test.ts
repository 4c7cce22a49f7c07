import { globLength, globMatches } from "../../../systems/zot/glob";
import { probes } from "../../../commands/conform/ask";
import { PEOPLE, REPOSITORIES } from "../../../commands/conform/people";
import { summary, formatCase } from "../../../commands/conform/report";
import { cases } from "../../../commands/conform/table";

const table = cases();

test("no repository has two globs of the same length, of which zot would take a random one", () => {
  for (const { access } of table) {
    for (const repository of REPOSITORIES) {
      const lengths = Object.keys(access.repositories)
        .filter((glob) => globMatches(glob, repository))
        .map(globLength);
      expect(lengths).toEqual([...new Set(lengths)]);
    }
  }
});

test("each question is answered with yes and with no, to people with and without a login", () => {
  const seen = new Set(
    table.flatMap(({ access }) =>
      PEOPLE.flatMap((person) =>
        probes(access, person, "2.1.20").map(({ asked, expected }) => `${asked}: ${expected}`),
      ),
    ),
  );
  const questions = [
    "pull",
    "push new tag",
    "push same digest again",
    "overwrite tag",
    "overwrite latest",
    "push by digest",
    "move tag by digest",
    "new and moved tag by digest",
    "delete",
    "delete what tags share",
  ];
  for (const question of questions) {
    for (const answer of ["allowed", "401", "403"]) expect(seen).toContain(`${question}: ${answer}`);
  }
  expect(seen).toContain("delete what tags share: 409 MANIFEST_INVALID");
});

test.each([
  ["2.1.14", "overwrite latest", "allowed"],
  ["2.1.15", "overwrite latest", "403"],
  ["2.1.18", "move tag by digest", "allowed"],
  ["2.1.19", "move tag by digest", "403"],
])("zot %s answers CI's question to %s with %s", (version, question, answer) => {
  const ci = PEOPLE.find(({ name }) => name === "ci") ?? { name: "ci", groups: [] };
  const [grants] = cases();
  const found = probes(grants?.access ?? { repositories: {} }, ci, version).find(
    ({ asked, repository }) => asked === question && repository === "ci/app",
  );
  expect(found?.expected).toBe(answer);
});

const difference = {
  shows: "all may read",
  person: "ci",
  asked: "delete",
  repository: "app",
  expected: "403",
  actual: "allowed",
};

test("a difference is reported with who asked what, in the terminal and in the record", () => {
  const verdict = { shows: "all may read", answers: 330, differences: [difference] };
  const sentence = 'ci, delete (app): expected "403", got "allowed"';
  expect(formatCase(verdict)).toBe(`DIFFERENT  330 answers: all may read\n    ${sentence}\n`);
  const record = summary({ version: "v2.1.20", verdicts: [verdict], seconds: 3 });
  expect(record).toMatchObject({ answers: 330, differences: [`all may read: ${sentence}`] });
});
