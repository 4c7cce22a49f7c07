import { conform } from "../../../commands/conform/run";
import { cases } from "../../../commands/conform/table";
import { standIn } from "../verify/stand-in";

const candidate = standIn();
afterAll(() => candidate.remove());

test("the rehearsal's zot answers the whole table like a real one, and keeps no trace", async () => {
  const verdicts = await conform(candidate);
  expect(verdicts.flatMap(({ differences }) => differences)).toEqual([]);
  expect(verdicts.map(({ shows }) => shows)).toEqual(cases().map(({ shows }) => shows));
  expect(verdicts.every(({ answers }) => answers > 300)).toBe(true);
});
